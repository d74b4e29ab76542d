"""Problems left out before anything is asked: those of a benchmark, and those that are nearly there already."""
