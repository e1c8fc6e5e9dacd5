"""REST of the transport app: parse, one service or query, answer."""
