"""Reads of sales that are more than Get and List."""
