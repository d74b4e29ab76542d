"""What the traces of a problem have in common, and which of them a dataset takes."""
