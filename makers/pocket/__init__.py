"""The pocket model: what it is taught, and how it is made."""
