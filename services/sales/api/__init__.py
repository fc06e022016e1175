"""The RPCs of sales."""
