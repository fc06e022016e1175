"""Secrets that can be changed without an outage: several in one setting, separated by commas.

The first is used, all are accepted. A new one is first added at the end, until every process knows
it; then it goes to the front; then the old one goes.
"""

from functools import lru_cache
from urllib.parse import urlsplit

# Letters that a secret has at least.
_SHORTEST = 32


@lru_cache(maxsize=32)
def each(secrets: str) -> tuple[str, ...]:
    """The secrets of a setting, the one in use first."""
    return tuple(part.strip() for part in secrets.split(",") if part.strip())


def first(secrets: str) -> str:
    """The secret in use."""
    return each(secrets)[0]


def urls(url: str) -> list[str]:
    """A URL for each password in it: `amqp://wasl:new,old@host` is two, in this order.

    A comma that belongs to a password is written `%2C`.
    """
    parts = urlsplit(url)
    if parts.username is None or "," not in (parts.password or ""):
        return [url]
    before, _, place = parts.netloc.rpartition("@")
    user, _, passwords = before.partition(":")
    return [
        parts._replace(netloc=f"{user}:{password}@{place}").geturl()
        for password in passwords.split(",")
        if password
    ]


def long_enough(secrets: str) -> str:
    """The setting itself. Raises ValueError when one of its secrets is short, or there is none."""
    if not each(secrets) or any(len(secret) < _SHORTEST for secret in each(secrets)):
        raise ValueError(
            f"each secret needs at least {_SHORTEST} characters (a comma separates several)"
        )
    return secrets
