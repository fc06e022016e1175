"""The version of Wasl, as `pyproject.toml` has it; an image holds this file and not that one."""

VERSION = "0.1.0"
