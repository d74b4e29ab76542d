"""How a problem is put to a model: the wording, the template of a run file, and what is added to its turns."""
