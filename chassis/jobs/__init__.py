"""Work that outlives a request: progress, cancel, resume."""
