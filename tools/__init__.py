"""Programs for people who work on Wasl: code generation, the local stack, measurements."""
