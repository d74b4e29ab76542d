"""Floor 2: what is done to rows, one pure step from table to table each."""
