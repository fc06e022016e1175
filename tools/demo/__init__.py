"""The demo company: made by a seeded generator, through the public API alone."""
