"""Problems and traces out of rows: paths, golds, options, turns, and which rows are read."""
