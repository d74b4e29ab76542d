"""Every method, in the open: a new one is an import and a union member."""

from pipelines.methods.method import Method
from pipelines.methods.shortest_correct import ShortestCorrect

AnyMethod = ShortestCorrect
"""A method of a run file, told apart by `kind`."""

METHODS: tuple[type[Method], ...] = (ShortestCorrect,)
"""Every method."""
