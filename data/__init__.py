"""Floor 1: what a row is, where it comes from, where it is kept."""
