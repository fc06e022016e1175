"""What identity reads that is more than Get and List."""
