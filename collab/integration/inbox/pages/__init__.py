"""Pages of the inbox: messages, and the profiles by which they are read."""
