"""Making the steps of a plan: here or on Ray, with one store, budget, stop and progress."""
