"""Reports: reads of the facts."""
