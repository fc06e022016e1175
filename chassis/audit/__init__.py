"""Audit: who did what, when and from where, told beside the events of a call."""
