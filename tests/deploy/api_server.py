"""As much of a Kubernetes API as Helm asks when a chart looks up what is there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from tests.deploy.charts import Manifest


def _resources(version: str, name: str, kind: str) -> dict[str, Any]:
    known = {"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
    return {"kind": "APIResourceList", "groupVersion": version, "resources": [known]}


_ANSWERS: dict[str, Any] = {
    "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": "apps",
                "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
            }
        ],
    },
    "/apis/apps/v1": _resources("apps/v1", "statefulsets", "StatefulSet"),
    "/api/v1": _resources("v1", "secrets", "Secret"),
}


@contextmanager
def kubernetes_with(objects: list[Manifest], *, folder: Path) -> Iterator[tuple[str, ...]]:
    """An API on loopback whose namespaces all hold these objects.

    Yields what Helm has to be told to ask it.
    """
    kept = {f"{item['kind'].lower()}s/{item['metadata']['name']}": item for item in objects}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = _ANSWERS.get(path)
            if found is None:
                found = kept.get("/".join(path.split("/")[-2:]))
            missing = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": "NotFound",
                "code": 404,
            }
            body = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        config = folder / "kubeconfig"
        address = f"http://127.0.0.1:{server.server_port}"
        config.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [{"name": "test", "cluster": {"server": address}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                    "users": [{"name": "test", "user": {}}],
                }
            )
        )
        yield "--dry-run=server", "--kubeconfig", str(config)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
