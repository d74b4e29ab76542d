"""What steps make that is no rows: adapters, and choices over all parts at once."""
