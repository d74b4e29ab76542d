"""Floor 4: when a build runs, and the command line."""
