"""The RPCs of contacts."""
