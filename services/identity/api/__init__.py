"""The RPCs of identity."""
