"""Training in processes of its own, and the run file of a training."""
