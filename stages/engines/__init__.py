"""Models that reply: in this process on vLLM, behind an OpenAI-compatible server, or by rules."""
