"""What the network lets through: the ways that exist, and no others."""

from importlib import import_module
from typing import Any

import pytest

from chassis.service import Service
from tests.deploy.charts import DEV, EXTERNAL, SERVICES, Charts, Manifest, Rendered

# Who opens connections to whom, by port.
CALLS = {
    "gateway": set(SERVICES),
    "identity": set(SERVICES),
    "contacts": {"identity"},
    "sales": {"identity", "contacts"},
    "reporting": {"identity"},
}


def _fits(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    for rule in selector.get("matchExpressions", ()):
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def _lets_through(
    rendered: Rendered, source: dict[str, str], target: dict[str, str], port: int
) -> bool:
    """Whether policies let pods of one kind to a port of another, both in the namespace."""

    def allowed(
        mine: dict[str, str], other: dict[str, str], kind: str, key: str, peers: str
    ) -> bool:
        policies = [
            item["spec"]
            for item in rendered.of("NetworkPolicy")
            if kind in item["spec"]["policyTypes"] and _fits(item["spec"]["podSelector"], mine)
        ]
        return not policies or any(
            port in {one["port"] for one in rule["ports"]}
            and (
                not rule.get(peers)
                or any(_fits(p["podSelector"], other) for p in rule[peers] if "podSelector" in p)
            )
            for policy in policies
            for rule in policy.get(key, ())
        )

    return allowed(source, target, "Egress", "egress", "to") and allowed(
        target, source, "Ingress", "ingress", "from"
    )


def _labels(rendered: Rendered, kind: str, name: str) -> dict[str, str]:
    found: dict[str, str] = rendered.one(kind, name)["spec"]["template"]["metadata"]["labels"]
    return found


def _pods(rendered: Rendered) -> dict[str, dict[str, str]]:
    """The labels of every pod by the name of its Deployment, StatefulSet or Job."""
    return {name.split()[1]: pod["metadata"]["labels"] for name, pod in rendered.pods()}


def test_every_pod_is_shut_to_both_sides(rendered: Rendered) -> None:
    for name, labels in _pods(rendered).items():
        for kind in ("Ingress", "Egress"):
            assert any(
                kind in item["spec"]["policyTypes"] and _fits(item["spec"]["podSelector"], labels)
                for item in rendered.of("NetworkPolicy")
            ), (name, kind)


def test_services_are_reached_by_those_who_call_them_and_by_nobody_else(rendered: Rendered) -> None:
    pods = _pods(rendered)
    for name, labels in pods.items():
        caller = labels["app.kubernetes.io/name"]
        for service in SERVICES:
            called = _lets_through(rendered, labels, pods[f"wasl-{service}"], 50051)
            assert called == (service in CALLS.get(caller, set())), f"{name} -> {service}"
    stranger = {"app.kubernetes.io/name": "stranger"}
    for service in SERVICES:
        assert not _lets_through(rendered, stranger, pods[f"wasl-{service}"], 50051)
    for part in ("wasl-web", "wasl-gateway"):
        assert _lets_through(rendered, stranger, pods[part], 8080)
    assert _lets_through(rendered, pods["wasl-web"], pods["wasl-gateway"], 8080)
    assert not _lets_through(rendered, pods["wasl-web"], pods["wasl-sales"], 50051)


def test_postgres_and_rabbitmq_are_reached_by_those_who_use_them(dev: Rendered) -> None:
    pods = _pods(dev)
    for name, labels in pods.items():
        part = labels["app.kubernetes.io/name"]
        component = labels.get("app.kubernetes.io/component")
        to_database = _lets_through(dev, labels, pods["wasl-postgres"], 5432)
        to_broker = _lets_through(dev, labels, pods["wasl-rabbitmq"], 5672)
        assert to_database == (part in SERVICES or part == "databases"), name
        assert to_broker == (part in SERVICES and component in ("serve", "work")), name
    assert not _lets_through(dev, pods["wasl-sales"], pods["wasl-postgres"], 22)


def test_the_way_to_operators_servers_and_to_one_s_own(operator: Rendered, charts: Charts) -> None:
    ours = {"cnpg.io/cluster": "wasl-postgres"}
    others = {"cnpg.io/cluster": "other"}
    sales = _pods(operator)["wasl-sales"]
    assert _lets_through(operator, sales, ours, 5432)
    assert not _lets_through(operator, sales, others, 5432)
    broker = {"app.kubernetes.io/name": "wasl-rabbitmq"}
    assert _lets_through(operator, sales, broker, 5672)
    place = {"ipBlock": {"cidr": "10.0.8.0/24"}}
    external = charts.render(
        EXTERNAL | {"global": {"networkPolicy": {"database": [place]}, "broker": {"port": 5671}}}
    )
    rule = external.one("NetworkPolicy", "wasl-database")["spec"]["egress"][0]
    assert rule == {"ports": [{"protocol": "TCP", "port": 5432}], "to": [place]}
    rule = external.one("NetworkPolicy", "wasl-broker")["spec"]["egress"][0]
    assert rule == {"ports": [{"protocol": "TCP", "port": 5671}]}


def _egress(rendered: Rendered, part: str) -> dict[int, list[Manifest]]:
    policy = rendered.one("NetworkPolicy", f"wasl-{part}")["spec"]
    return {port["port"]: rule.get("to", []) for rule in policy["egress"] for port in rule["ports"]}


@pytest.mark.parametrize("part", ["gateway", "web", *SERVICES])
def test_names_are_asked_of_the_cluster_s_dns_alone(rendered: Rendered, part: str) -> None:
    policy = rendered.one("NetworkPolicy", f"wasl-{part}")["spec"]
    rule = policy["egress"][0]
    assert rule["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    assert rule["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    ]


def test_only_identity_reaches_mail_servers_and_sign_in_providers(rendered: Rendered) -> None:
    for part in ("gateway", "web", *SERVICES):
        outside = {port for port in _egress(rendered, part) if port in {25, 443, 465, 587}}
        assert outside == ({25, 443, 465, 587} if part == "identity" else set()), part


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("http://collector.monitoring:4318", 4318), ("https://traces.example/v1/traces", 443)],
)
def test_traces_reach_their_collector(charts: Charts, endpoint: str, port: int) -> None:
    rendered = charts.render(DEV | {"global": {"config": {"otlpEndpoint": endpoint}}})
    for part in ("gateway", *SERVICES):
        assert port in _egress(rendered, part)
    assert port not in _egress(rendered, "web")


def test_metrics_are_read_from_the_namespace_of_monitoring(rendered: Rendered) -> None:
    for part in ("gateway", *SERVICES):
        policy = rendered.one("NetworkPolicy", f"wasl-{part}")["spec"]
        (rule,) = [rule for rule in policy["ingress"] if rule["ports"][0]["port"] == 9464]
        assert rule["from"] == [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_to_another_service_has_a_way(service: str) -> None:
    """What a resource refers to is looked up where it lives."""
    manifest: Service = import_module(f"services.{service}.service").SERVICE
    owners = {
        name.partition(".")[0]
        for resource in manifest.by_name.values()
        for name in resource.references.values()
    }
    assert owners - {service} <= CALLS[service]


def test_without_policies_there_are_none(charts: Charts) -> None:
    rendered = charts.render(DEV | {"global": {"networkPolicy": {"enabled": False}}})
    assert rendered.of("NetworkPolicy") == []
