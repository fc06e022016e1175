"""What contacts does when others announce: nothing yet."""
