"""Carrying out a run file at the command line: progress, signals, events, and how to go on."""
