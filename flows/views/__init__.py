"""What a person sees of runs and datasets, as lines of a terminal or as Markdown."""
