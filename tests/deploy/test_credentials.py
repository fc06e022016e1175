"""Credentials: made once, kept, one's own, and wired to where they are used."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from chassis.keys import check_pair
from tests.deploy.api_server import kubernetes_with
from tests.deploy.charts import (
    DEV,
    EXTERNAL,
    OPERATOR,
    SERVICES,
    Charts,
    Manifest,
    Rendered,
    environment,
    secret,
)

KEYS = {
    "internal-key", "token-signing-key", "token-public-keys", "secrets-key", "audit-key",
    "admin-email", "admin-password", "admin-api-key",
}  # fmt: skip
KEEP = {"helm.sh/resource-policy": "keep"}


def _told(rendered: Rendered, name: str) -> dict[str, Any]:
    """The environment of a Deployment, the same in all of its containers."""
    spec = rendered.one("Deployment", name)["spec"]["template"]["spec"]
    told = [environment(item) for item in (*spec.get("initContainers", ()), *spec["containers"])]
    assert all(one == told[0] for one in told)
    return told[0]


def _again(charts: Charts, values: dict[str, Any], kept: list[Manifest], folder: Path) -> Rendered:
    with kubernetes_with(kept, folder=folder) as server:
        return charts.render(values, more=server)


def test_the_keys_are_made_and_fit_each_other(dev: Rendered) -> None:
    made = dev.one("Secret", "wasl-keys")
    held = secret(made)
    assert set(held) == KEYS
    assert made["metadata"]["annotations"] == KEEP
    check_pair(held["token-signing-key"], held["token-public-keys"])
    for name in ("internal-key", "secrets-key", "audit-key"):
        assert len(held[name]) >= 32
    assert len({held[name] for name in KEYS}) == len(KEYS)
    prefix, id_, key = held["admin-api-key"].split("_")
    assert (prefix, len(id_), len(key)) == ("wasl", 16, 43)


@pytest.mark.parametrize("values", [DEV, OPERATOR], ids=["dev", "operator"])
def test_an_upgrade_keeps_every_secret_it_finds(
    charts: Charts, values: dict[str, Any], tmp_path: Path
) -> None:
    first = charts.render(values)
    kept = first.of("Secret")
    assert _again(charts, values, kept, tmp_path).of("Secret") == kept
    # Without them everything is another: what the test above sees is the keeping.
    other = {item["metadata"]["name"]: secret(item) for item in charts.render(values).of("Secret")}
    for item in kept:
        assert secret(item) != other[item["metadata"]["name"]]


def test_an_upgrade_keeps_what_people_have_put_in(charts: Charts, tmp_path: Path) -> None:
    kept = charts.render(DEV).of("Secret")
    by_name = {item["metadata"]["name"]: item["data"] for item in kept}
    two = b64encode(b"new" * 20 + b"," + b"old" * 20).decode()
    by_name["wasl-keys"]["internal-key"] = two
    url = secret({"data": by_name["wasl-sales-database"]})["url"].replace("@", "%2Cold@")
    by_name["wasl-sales-database"]["url"] = b64encode(url.encode()).decode()
    again = _again(charts, DEV, kept, tmp_path)
    assert again.one("Secret", "wasl-keys")["data"]["internal-key"] == two
    assert secret(again.one("Secret", "wasl-sales-database"))["url"] == url


def test_an_upgrade_adds_a_key_that_an_older_version_did_not_have(
    charts: Charts, tmp_path: Path
) -> None:
    kept = charts.render(DEV).one("Secret", "wasl-keys")
    before = dict(kept["data"])
    del kept["data"]["audit-key"]
    again = _again(charts, DEV, [kept], tmp_path).one("Secret", "wasl-keys")["data"]
    assert again["audit-key"]
    assert {k: v for k, v in again.items() if k != "audit-key"} == kept["data"]
    assert again["audit-key"] != before["audit-key"]


def test_a_url_follows_its_server_to_another_place(charts: Charts, tmp_path: Path) -> None:
    kept = charts.render(DEV).of("Secret")
    per_service = OPERATOR | {"operator": {"postgres": {"perService": True}}}
    moved = secret(_again(charts, per_service, kept, tmp_path).one("Secret", "wasl-sales-database"))
    before = next(secret(one) for one in kept if one["metadata"]["name"] == "wasl-sales-database")
    assert moved["password"] == before["password"]
    assert "@wasl-sales-postgres-rw:5432/wasl_sales" in moved["url"]


@pytest.mark.parametrize("mode", ["dev", "operator"])
def test_each_service_has_a_database_and_a_user_of_its_own(
    mode: str, request: pytest.FixtureRequest
) -> None:
    rendered: Rendered = request.getfixturevalue(mode)
    passwords = set()
    for name in SERVICES:
        for kind, scheme in (("database", "postgresql"), ("broker", "amqp")):
            made = rendered.one("Secret", f"wasl-{name}-{kind}")
            held = secret(made)
            url = urlsplit(held["url"])
            assert made["metadata"]["annotations"] == KEEP
            assert made["type"] == "kubernetes.io/basic-auth"
            assert (url.scheme, url.username, url.password) == (
                scheme, f"wasl_{name}", held["password"],
            )  # fmt: skip
            assert url.path == (f"/wasl_{name}" if kind == "database" else "/%2F")
            assert held["password"].isalnum()
            passwords.add(held["password"])
            for part in (f"wasl-{name}", f"wasl-{name}-work"):
                wanted = (f"wasl-{name}-{kind}", "url")
                assert _told(rendered, part)[f"WASL_{kind.upper()}_URL"] == wanted
    assert len(passwords) == 2 * len(SERVICES)


def test_a_service_gets_the_keys_it_needs_and_no_others(rendered: Rendered) -> None:
    for item in rendered.of("Deployment"):
        name = item["metadata"]["labels"]["app.kubernetes.io/name"]
        told = _told(rendered, item["metadata"]["name"])
        wired = [source for source in told.values() if isinstance(source, tuple)]
        keys = {key for source, key in wired if source == "wasl-keys"}
        if name == "identity":
            assert keys == KEYS | {"smtp-url"}
        elif name == "gateway":
            assert keys == {"internal-key"}
        elif name == "web":
            assert keys == set()
        else:
            assert keys == {"internal-key", "token-public-keys"}
        assert {source for source, _ in wired} <= {
            "wasl-keys", f"wasl-{name}-database", f"wasl-{name}-broker", f"{name}-db", f"{name}-mq",
        }  # fmt: skip


def test_existing_secrets_reach_every_container_that_needs_them(charts: Charts) -> None:
    rendered = charts.render(EXTERNAL | {"global": {"secrets": {"existingSecret": "vault-keys"}}})
    assert rendered.of("Secret") == []
    for name in SERVICES:
        containers = [
            *rendered.job(name)["spec"]["template"]["spec"]["containers"],
            *rendered.one("Deployment", f"wasl-{name}")["spec"]["template"]["spec"]["containers"],
            *rendered.one("Deployment", f"wasl-{name}-work")["spec"]["template"]["spec"][
                "containers"
            ],
        ]
        for container in containers:
            told = environment(container)
            assert told["WASL_DATABASE_URL"] == (f"{name}-db", "url")
            assert told["WASL_BROKER_URL"] == (f"{name}-mq", "url")
            assert told["WASL_INTERNAL_KEY"] == ("vault-keys", "internal-key")
    assert _told(rendered, "wasl-gateway")["WASL_INTERNAL_KEY"] == ("vault-keys", "internal-key")
    signing = _told(rendered, "wasl-identity")["WASL_TOKEN_SIGNING_KEY"]
    assert signing == ("vault-keys", "token-signing-key")


def test_passwords_in_values_reach_the_urls_whatever_is_in_them(charts: Charts) -> None:
    word = "a b+c/d@e:f%g,h"
    shared = {
        "database": {"host": "db.example", "port": 6432, "parameters": "sslmode=verify-full"},
        "broker": {"host": "mq.example", "port": 5671, "tls": True, "vhost": "crm/1"},
    }
    own = {"database": {"password": word}, "broker": {"password": word, "username": "someone"}}
    values = {"mode": "external", "global": shared} | dict.fromkeys(SERVICES, own)
    rendered = charts.render(values)
    held = secret(rendered.one("Secret", "wasl-sales-database"))
    url = urlsplit(held["url"])
    assert (url.hostname, url.port, url.path) == ("db.example", 6432, "/wasl_sales")
    assert url.query == "sslmode=verify-full"
    assert unquote(url.password or "") == held["password"] == word
    broker = urlsplit(secret(rendered.one("Secret", "wasl-sales-broker"))["url"])
    assert (broker.scheme, broker.username, broker.port) == ("amqps", "someone", 5671)
    assert unquote(broker.password or "") == word
    assert broker.path == "/crm%2F1"
    assert "annotations" not in rendered.one("Secret", "wasl-sales-broker")["metadata"]


def test_the_operators_read_the_passwords_that_the_services_use(charts: Charts) -> None:
    rendered = charts.render(OPERATOR | {"sales": {"database": {"existingSecret": "sales-db"}}})
    cluster = rendered.one("Cluster", "wasl-postgres")["spec"]
    roles = {role["name"]: role for role in cluster["managed"]["roles"]}
    assert set(roles) == {f"wasl_{name}" for name in SERVICES}
    assert roles["wasl_contacts"]["passwordSecret"] == {"name": "wasl-contacts-database"}
    assert roles["wasl_sales"]["passwordSecret"] == {"name": "sales-db"}
    assert _told(rendered, "wasl-sales")["WASL_DATABASE_URL"] == ("sales-db", "url")
    for name in SERVICES:
        database = rendered.one("Database", f"wasl-{name}")["spec"]
        assert (database["name"], database["owner"]) == (f"wasl_{name}", f"wasl_{name}")
        assert database["databaseReclaimPolicy"] == "retain"
        # First what it may, then that it may nothing else.
        rules = [rule for rule in cluster["postgresql"]["pg_hba"] if f" wasl_{name} " in rule]
        assert rules == [
            f"host wasl_{name} wasl_{name} all scram-sha-256",
            f"host all wasl_{name} all reject",
        ]
        user = rendered.one("User", f"wasl-{name}")["spec"]
        assert user["importCredentialsSecret"] == {"name": f"wasl-{name}-broker"}
        permission = rendered.one("Permission", f"wasl-{name}")["spec"]
        assert permission["permissions"]["configure"] == rf"^(wasl|{name})\..*$"


def test_one_cluster_of_each_service_when_it_is_asked_for(charts: Charts) -> None:
    rendered = charts.render(
        OPERATOR
        | {"operator": {"postgres": {"perService": True, "spec": {"instances": 2, "backup": {}}}}}
    )
    assert rendered.names("Cluster") == [f"wasl-{name}-postgres" for name in SERVICES]
    for name in SERVICES:
        cluster = rendered.one("Cluster", f"wasl-{name}-postgres")["spec"]
        assert [role["name"] for role in cluster["managed"]["roles"]] == [f"wasl_{name}"]
        assert cluster["instances"] == 2
        assert rendered.one("Database", f"wasl-{name}")["spec"]["cluster"] == {
            "name": f"wasl-{name}-postgres"
        }
        url = secret(rendered.one("Secret", f"wasl-{name}-database"))["url"]
        assert f"@wasl-{name}-postgres-rw:5432/" in url


def test_uninstalling_leaves_what_holds_data(operator: Rendered) -> None:
    for kind in ("Cluster", "RabbitmqCluster"):
        for item in operator.of(kind):
            assert item["metadata"]["annotations"] == KEEP


def test_the_users_of_rabbitmq_have_the_passwords_that_the_services_use(dev: Rendered) -> None:
    definitions = json.loads(secret(dev.one("Secret", "wasl-rabbitmq"))["definitions.json"])
    assert {user["name"] for user in definitions["users"]} == {f"wasl_{name}" for name in SERVICES}
    for user in definitions["users"]:
        name = user["name"].removeprefix("wasl_")
        assert user["password"] == secret(dev.one("Secret", f"wasl-{name}-broker"))["password"]
        assert user["tags"] == []
