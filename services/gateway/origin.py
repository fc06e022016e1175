"""Requests that another site makes a browser send are refused (CSRF).

Browsers attach cookies by themselves, so a cookie says who the person is and not that they meant
it. What a page cannot forge are the headers `Origin` and `Sec-Fetch-Site`. SameSite=Lax alone is
not enough: it lets pages of other ports and subdomains through.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from services.gateway.problems import Problem

_OWN = ("same-origin", "none")
_READS = ("GET", "HEAD")

Environ = Mapping[str, object]
# From the environment, and whether the request carries a cookie that counts.
CheckOrigin = Callable[[Environ, bool], None]


def origin_check(public_url: str = "") -> CheckOrigin:
    """What raises Problem 403 CROSS_ORIGIN for a request that comes from another site's page.

    With a cookie a write must prove that it is from our own pages; a read must not come from
    others (it changes nothing, but may be heavy or audited). Without a cookie only what a browser
    itself declares foreign is refused, so that nobody can be signed in by another site. The own
    origin is that of `public_url`, or else the host that was asked.
    """
    parts = urlsplit(public_url)
    public = f"{parts.scheme}://{parts.netloc}".lower() if public_url else ""

    def check(environ: Environ, with_cookie: bool) -> None:
        site = environ.get("HTTP_SEC_FETCH_SITE")
        if site is not None and site not in _OWN:
            raise _foreign()
        if environ["REQUEST_METHOD"] in _READS:
            return
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None:
            if not is_own(str(origin).lower(), environ):
                raise _foreign()
        elif site is None and with_cookie:
            raise Problem(
                403,
                "CROSS_ORIGIN",
                "With a cookie this needs the header Origin or Sec-Fetch-Site.",
            )

    def is_own(origin: str, environ: Environ) -> bool:
        if public:
            return origin == public
        scheme, _, host = origin.partition("://")
        # Not the scheme: a proxy that ends TLS need not be known to us, and the host that a
        # browser has asked is not in the hands of another site.
        return scheme in ("http", "https") and host == str(environ.get("HTTP_HOST") or "").lower()

    return check


def _foreign() -> Problem:
    return Problem(403, "CROSS_ORIGIN", "A page of another site has sent this request.")
