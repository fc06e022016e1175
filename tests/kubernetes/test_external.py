"""Mode external: PostgreSQL and RabbitMQ run elsewhere, and Secrets say where."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.figures import EXPECTED, all_figures
from tests.e2e.suite import SERVICES
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.release import Release
from tests.kubernetes.test_install import bring_in_everything

SERVERS = "wasl-servers"
PERMITTED = {"configure": ".*", "read": ".*", "write": ".*"}


@pytest.fixture(scope="module")
def release(cluster: Cluster, registry: str, chart: Path) -> Iterator[Release]:
    """Servers in one namespace, Secrets in another, nothing installed."""
    found = Release(cluster, chart, registry, servers=SERVERS)
    found.remove()
    cluster.make_namespace(found.namespace)
    cluster.make_namespace(SERVERS)
    passwords = {name: secrets.token_hex(16) for name in SERVICES}
    users = [
        {"name": f"wasl_{name}", "password": password, "tags": ""}
        for name, password in passwords.items()
    ]
    definitions = {
        "vhosts": [{"name": "/"}],
        "users": users,
        "permissions": [{"user": user["name"], "vhost": "/", **PERMITTED} for user in users],
    }
    told = f"--from-literal=definitions.json={json.dumps(definitions)}"
    cluster.kubectl("-n", SERVERS, "create", "secret", "generic", "wasl-rabbitmq", told)
    manifests = (Path(__file__).parent / "servers.yaml").read_text()
    cluster.kubectl("-n", SERVERS, "apply", "-f", "-", told=manifests)
    cluster.wait_ready(SERVERS)
    for name, password in passwords.items():
        role = f"wasl_{name}"
        server = Release(cluster, chart, registry, servers=SERVERS)
        for statement in (
            f"CREATE ROLE {role} LOGIN PASSWORD '{password}'",
            f"CREATE DATABASE {role} OWNER {role}",
        ):
            cluster.kubectl(
                "-n", server.servers, "exec", "wasl-postgres-0", "--",
                "psql", "-U", "postgres", "-c", statement,
            )  # fmt: skip
        urls = {
            "database": f"postgresql://{role}:{password}@wasl-postgres.{SERVERS}:5432/{role}",
            "broker": f"amqp://{role}:{password}@wasl-rabbitmq.{SERVERS}:5672/%2F",
        }
        for kind, url in urls.items():
            found.kubectl(
                "create", "secret", "generic", f"my-{name}-{kind}", f"--from-literal=url={url}"
            )
    yield found
    found.close()
    found.remove()


def test_the_suite_runs_on_servers_that_it_has_not_made(
    release: Release, data: Path, tmp_path: Path
) -> None:
    values: dict[str, object] = {"mode": "external"}
    for name in SERVICES:
        for kind in ("database", "broker"):
            values[f"{name}__{kind}__existingSecret"] = f"my-{name}-{kind}"
    print(f"ready after {release.install(**values):.1f} s")
    # None of the servers is in the release.
    assert release.cluster.get("statefulsets", release.namespace) == []
    bring_in_everything(release, data, tmp_path)
    assert all_figures(release.api()) == EXPECTED
    assert release.dead_letters() == 0
