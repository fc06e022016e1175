"""How what others announce becomes facts with a history."""
