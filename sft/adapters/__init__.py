"""Adapters: put on a base, made of others, written down."""
