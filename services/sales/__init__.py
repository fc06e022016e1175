"""sales: what we sell, and the deals on their way."""
