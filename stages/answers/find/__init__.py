"""Where a reply, or a gold, states its final answer."""
