"""Formulas: read into trees, never evaluated as code, and compared."""
