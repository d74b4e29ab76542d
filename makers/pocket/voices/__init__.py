"""How each task's solution is put in words, at length and in short."""
