"""How models mark their reasoning: the marks they use, how a reply is read, and the one form it is written in."""
