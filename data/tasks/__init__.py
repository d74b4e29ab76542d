"""Problems made on the spot, with the truth of every step: the pocket world's questions."""
