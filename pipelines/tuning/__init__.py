"""A training as a run: its file, and how it is made."""
