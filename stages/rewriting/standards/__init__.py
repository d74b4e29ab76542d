"""What is asked of a rewriting: how it begins and ends, what it says from elsewhere, whether its steps are right."""
