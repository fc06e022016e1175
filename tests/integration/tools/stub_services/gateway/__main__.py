"""A gateway that is always ready."""

import http.server
import os
from typing import Any


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main(_arguments: list[str]) -> int:
    """Answer 200 to everything until killed."""
    place = (os.environ["WASL_HOST"], int(os.environ["WASL_PORT"]))
    http.server.ThreadingHTTPServer(place, _Ready).serve_forever()
    return 0
