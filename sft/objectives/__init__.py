"""What is lowered, and the trainers that lower it."""
