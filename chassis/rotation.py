"""Secrets that can be changed without an outage: several in one setting, separated by commas.

The first is used, all are accepted. A new one is first added at the end, until every process knows
it; then it goes to the front; then the old one goes.
"""

from functools import lru_cache

# Letters that a secret has at least.
_SHORTEST = 32


@lru_cache(maxsize=32)
def each(secrets: str) -> tuple[str, ...]:
    """The secrets of a setting, the one in use first."""
    return tuple(part.strip() for part in secrets.split(",") if part.strip())


def first(secrets: str) -> str:
    """The secret in use."""
    return each(secrets)[0]


def long_enough(secrets: str) -> str:
    """The setting itself. Raises ValueError when one of its secrets is short, or there is none."""
    if not each(secrets) or any(len(secret) < _SHORTEST for secret in each(secrets)):
        raise ValueError(
            f"each secret needs at least {_SHORTEST} characters (a comma separates several)"
        )
    return secrets
