"""How a question is put to a model, and what the asking costs."""
