"""What is trained from, and what training leaves."""
