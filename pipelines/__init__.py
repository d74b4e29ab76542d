"""Floor 3: in which order stages run, and where."""
