"""A run: what it needs, its stages, and how it stands and goes on."""
