"""A dataset: its run file, its plan, what is published and what is told of it."""
