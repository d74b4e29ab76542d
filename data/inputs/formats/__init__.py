"""Rows out of files: one file a format, each in bounded memory."""
