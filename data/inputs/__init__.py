"""Where problems and already sampled chains of thought come from."""
