"""What every Wasl service shares and no service writes twice."""
