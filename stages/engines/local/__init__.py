"""A model on vLLM in this machine's memory: how it is started, watched, asked and ended."""
