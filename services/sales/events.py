"""What sales does when others announce: nothing yet."""
