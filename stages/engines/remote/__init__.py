"""A model behind an OpenAI-compatible server: what is sent, what comes back, and when it is asked again."""
