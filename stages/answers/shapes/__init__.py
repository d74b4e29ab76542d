"""What an answer is made of, value, list, interval, matrix, and how two of a shape are compared."""
