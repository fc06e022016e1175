"""What may happen to people, teams and credentials."""
