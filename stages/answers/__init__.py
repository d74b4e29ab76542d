"""Checking answers: what a reply's final answer is, and whether it equals the gold."""
