"""What Wasl costs: programs that measure it against a bare floor and against its budgets."""
