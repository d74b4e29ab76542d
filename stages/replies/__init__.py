"""What a reply holds, and what is remarked on it."""
