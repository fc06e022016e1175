"""Faults: kills, outages, poison and wrong settings, on real servers and real processes."""
