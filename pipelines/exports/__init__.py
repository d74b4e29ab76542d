"""Tables made of a dataset version for other programs."""
