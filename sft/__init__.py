"""Floor 2: training, and measuring what was trained."""
