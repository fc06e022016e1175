"""A real OpenID Connect provider for tests, and a browser that signs in at it."""

import re
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from tests import npm

HERE = Path(__file__).parent / "oidc"
CLIENT_ID, CLIENT_SECRET = "wasl", "a secret of more than thirty-two letters"


def install() -> Path:
    """The folder with the provider and its packages, installed once for each lock file."""
    folder = npm.install(HERE)
    shutil.copy(HERE / "server.mjs", folder)
    return folder


class Provider:
    """The provider while it runs; the test is its remote control."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            ["node", "server.mjs", str(port)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._receiver = Receiver()
        self._browsers: list[ProviderBrowser] = []
        deadline = time.monotonic() + 30
        while True:
            try:
                self._do("client", self.client())
                return
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(10)
        self._receiver.stop()

    def client(self, **more: Any) -> dict[str, Any]:
        """What the provider knows of Wasl."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": ["https://crm.example/sign-in/callback"],
            "post_logout_redirect_uris": ["https://crm.example"],
            "id_token_signed_response_alg": "ES256",
            "backchannel_logout_uri": self._receiver.url,
            "backchannel_logout_session_required": True,
            "scope": "openid email profile groups",
        } | more

    def set_client(self, **more: Any) -> None:
        """Changes what the provider knows of Wasl."""
        self._do("client", self.client(**more))

    def person(self, sub: str, **claims: Any) -> None:
        """Somebody who can sign in."""
        known = {"email": f"{sub}@wasl.example", "email_verified": True, "name": sub.title()}
        self._do("person", {"sub": sub} | known | claims)

    def rotate(self, *, keep: bool) -> str:
        """Signs with a new key from now on; the key before is still published with `keep`."""
        return str(self._do("rotate", {"keep": keep})["kid"])

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token with any claims, signed with the key of now."""
        return str(self._do("sign", {"claims": claims, "header": header})["token"])

    def logout_token(self) -> str:
        """The logout token that the provider has sent last."""
        return self._receiver.wait()

    def browser(self, sub: str) -> "ProviderBrowser":
        """A browser of somebody who is known to the provider."""
        self._do("signIn", {"sub": sub})
        self._browsers.append(ProviderBrowser(self))
        return self._browsers[-1]

    def close_browsers(self) -> None:
        """Closes the browsers of a test."""
        while self._browsers:
            self._browsers.pop().close()

    def _do(self, what: str, told: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.issuer}/test/{what}", json=told, timeout=10, trust_env=False)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class ProviderBrowser:
    """The cookies of a browser at the provider."""

    def __init__(self, provider: Provider) -> None:
        self._issuer = provider.issuer
        self._http = httpx.Client(trust_env=False, timeout=10)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def visit(self, url: str) -> dict[str, str]:
        """Follows the provider until it sends the browser back: what it is sent back with."""
        for _ in range(10):
            answer = self._http.get(url)
            assert answer.status_code in (302, 303), answer.text
            url = urljoin(url, answer.headers["location"])
            if not url.startswith(self._issuer):
                parts = urlsplit(url)
                return {name: values[0] for name, values in parse_qs(parts.query).items()}
        raise AssertionError("the provider never sends the browser back")

    def sign_out(self, url: str) -> str:
        """Signs out at the provider. Returns where it sends the browser."""
        page = self._http.get(url)
        assert page.status_code == 200, page.text
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        action = re.search(r'action="([^"]+)"', page.text)
        assert xsrf
        assert action
        answer = self._http.post(action[1], data={"xsrf": xsrf[1], "logout": "yes"})
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["location"]


class Receiver:
    """Where the provider sends logout tokens to; the gateway's place in a test."""

    def __init__(self) -> None:
        tokens: list[str] = []
        self._tokens = tokens

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["content-length"])).decode()
                tokens.append(parse_qs(form)["logout_token"][0])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/logout"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self) -> str:
        """The token that came last; waits for one."""
        deadline = time.monotonic() + 10
        while not self._tokens:
            assert time.monotonic() < deadline, "no logout token came"
            time.sleep(0.02)
        return self._tokens.pop()

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
