"""What identity fetches from providers: over TLS, from where the administrator said, and no more
than it can take.
"""
# name: escaped, because it is about the wire, not about one resource

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from chassis.errors import Unavailable

_TIMEOUT = 5.0
_LARGEST = 1024 * 1024


class Refused(ValueError):
    """An address that is not to be asked, or an answer that is not to be used; why, as a text."""


class Allows(Protocol):
    """Whether plain HTTP is allowed on this machine."""

    @property
    def oidc_allow_http_loopback(self) -> bool:
        """The setting."""


# any: escaped, because the JSON of providers holds anything
def get_json(
    url: str, *, settings: Allows, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A JSON object. Raises Refused, or Unavailable when the provider cannot be reached."""
    return _json("GET", url, settings=settings, headers=headers)


# any: escaped, because the JSON of providers holds anything
def post_form(
    url: str,
    form: Mapping[str, str],
    *,
    settings: Allows,
    auth: httpx.Auth | None = None,
) -> dict[str, Any]:
    """The JSON that a form is answered with. Raises as `get_json` does."""
    return _json("POST", url, settings=settings, data=dict(form), auth=auth)


def check_address(url: str, *, settings: Allows) -> None:
    """Raises Refused for an address that is not to be asked.

    TLS is needed, so that nobody on the way can be the provider; addresses that only this machine
    or its cloud can reach are nobody's provider.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password or not host:
        raise Refused("it is no address of a provider")
    loopback_allowed = settings.oidc_allow_http_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback_allowed):
        raise Refused("it must begin with https://")
    for address in _addresses(host):
        if address.is_loopback and loopback_allowed:
            continue
        if parts.scheme != "https":
            raise Refused("without TLS it must be on this machine")
        if (
            address.is_loopback
            or address.is_link_local
            or address.is_multicast
            or address.is_unspecified
        ):
            raise Refused("it is an address that only this machine can reach")


def away() -> Unavailable:
    """The error of a provider that cannot be asked now."""
    return Unavailable(
        "PROVIDER_DOWN", "The sign-in provider cannot be reached now.", retry_after=10
    )


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("its name is not known") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _json(method: str, url: str, *, settings: Allows, **more: Any) -> dict[str, Any]:
    check_address(url, settings=settings)
    body = b""
    try:
        # Neither proxies nor netrc of the environment, and no redirects: they lead elsewhere.
        with (
            httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, **more) as answer,
        ):
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise Refused("the provider's answer is too large")
            status = answer.status_code
    except httpx.HTTPError as error:
        raise away() from error
    if status >= 500:
        raise away()
    if status != 200:
        raise Refused(f"the provider answered {status}")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused("the provider's answer is no JSON") from error
    if not isinstance(found, dict):
        raise Refused("the provider's answer is no JSON object")
    return found
