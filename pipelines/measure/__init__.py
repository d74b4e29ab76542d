"""Measuring models: how accurate they are, how long they think, and whether two of them differ."""
