"""Who may do what, and what an attacker tries."""
