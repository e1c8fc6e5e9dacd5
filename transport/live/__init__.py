"""What screens show of transport, topic by topic."""
