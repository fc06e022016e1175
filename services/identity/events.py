"""What identity does when others announce: nothing yet."""
