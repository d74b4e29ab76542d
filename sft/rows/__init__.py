"""From rows of a dataset to what a trainer sees."""
