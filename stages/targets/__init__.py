"""What a trained turn says beside its chain and its answer, and under which prompt: modes, switches, budgets."""
