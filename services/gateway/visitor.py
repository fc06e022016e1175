"""From where a request comes: the address behind our proxies, the browser, by TLS or not."""

import ipaddress
from collections.abc import Callable, Mapping
from functools import lru_cache

Environ = Mapping[str, object]
_MAX_AGENT = 300


def address_reader(trusted_proxies: int) -> Callable[[Environ], str]:
    """A function that returns the client's address, or nothing when it is not known.

    Each of our own proxies appends the address it was called from to `X-Forwarded-For`, so with n
    of them the n-th from the right is the client's. What is further left anybody can have written.
    """

    def read(environ: Environ) -> str:
        direct = str(environ.get("REMOTE_ADDR") or "")
        if not trusted_proxies:
            return direct
        hops = str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")
        if len(hops) < trusted_proxies:
            return direct
        return _address(hops[-trusted_proxies].strip()) or direct

    return read


def secure_reader(trusted_proxies: int, public_url: str) -> Callable[[Environ], bool]:
    """A function that tells whether the client speaks TLS, to us or to our proxy."""
    always = public_url.lower().startswith("https://")

    def read(environ: Environ) -> bool:
        if always or environ.get("wsgi.url_scheme") == "https":
            return True
        if not trusted_proxies:
            return False
        return str(environ.get("HTTP_X_FORWARDED_PROTO") or "").strip().lower() == "https"

    return read


@lru_cache(maxsize=1000)
def agent_of(header: str) -> str:
    """How the client names itself, as metadata can carry it: 300 printable ASCII characters."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in header[:_MAX_AGENT])


def _address(text: str) -> str:
    # Some proxies write the port as well: `203.0.113.9:4711`, `[2001:db8::1]:4711`.
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
