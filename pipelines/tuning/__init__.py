"""Training as a run: its file, and its way through Ray Train."""
