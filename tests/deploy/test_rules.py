"""What operators may rely on, in every mode: of every pod, every container, every object."""

from typing import Any

import pytest

from tests.deploy.charts import (
    DEV,
    PARTS,
    SERVICES,
    Charts,
    Manifest,
    Rendered,
    environment,
    secret,
)


def _services(rendered: Rendered, component: str) -> list[Manifest]:
    """The Deployments of services (not of gateway and web) with a component."""
    return [
        item
        for item in rendered.of("Deployment")
        if item["metadata"]["labels"]["app.kubernetes.io/component"] == component
        and item["metadata"]["labels"]["app.kubernetes.io/name"] in SERVICES
    ]


def test_every_pod_is_restricted_in_the_sense_of_pod_security(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        spec = pod["spec"]
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for forbidden in ("hostNetwork", "hostPID", "hostIPC"):
            assert not spec.get(forbidden), name
        kinds = {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}, name
    for name, container in rendered.containers():
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert not any("hostPort" in port for port in container.get("ports", ())), name


def test_nothing_writes_anywhere_but_in_volumes(rendered: Rendered) -> None:
    for name, container in rendered.containers():
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, name


def test_no_pod_has_a_token_of_kubernetes_or_its_list_of_services(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        # Kubernetes would set WASL_..._PORT for a Service called wasl, and settings are called so.
        assert pod["spec"]["enableServiceLinks"] is False, name
    for account in rendered.of("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_every_container_says_what_it_needs_and_what_it_said_last(rendered: Rendered) -> None:
    for name, container in rendered.containers():
        resources = container["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"]), name
        assert "memory" in resources["limits"], name
        assert "cpu" not in resources["limits"], name
        assert container["terminationMessagePolicy"] == "FallbackToLogsOnError", name


def test_what_runs_for_long_is_asked_whether_it_does(rendered: Rendered) -> None:
    for item in rendered.of("Deployment", "StatefulSet"):
        for container in item["spec"]["template"]["spec"]["containers"]:
            probes = {key for key in container if key.endswith("Probe")}
            assert probes == {"startupProbe", "livenessProbe", "readinessProbe"}


def test_services_are_asked_over_grpc_and_workers_at_their_metrics_port(rendered: Rendered) -> None:
    for item in _services(rendered, "serve"):
        container = item["spec"]["template"]["spec"]["containers"][0]
        assert container["livenessProbe"]["grpc"] == {"port": 50051}
        assert container["readinessProbe"]["grpc"] == {"port": 50051}
    assert len(_services(rendered, "work")) == len(SERVICES)
    for item in _services(rendered, "work"):
        container = item["spec"]["template"]["spec"]["containers"][0]
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}
    for name in ("wasl-gateway", "wasl-web"):
        container = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]
        # Never /readyz: one service that is away must not take the gateway out.
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"] == {"path": "/healthz", "port": "http"}


def test_pods_leave_the_endpoints_before_they_are_asked_to_stop(rendered: Rendered) -> None:
    for item in rendered.of("Deployment"):
        spec = item["spec"]["template"]["spec"]
        assert spec["terminationGracePeriodSeconds"] == 45
        for container in spec["containers"]:
            assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}


def test_a_rollout_never_has_fewer_pods_than_were_asked_for(rendered: Rendered) -> None:
    for item in rendered.of("Deployment"):
        assert item["spec"]["strategy"] == {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
        }


def test_callers_have_heard_of_a_new_replica_before_an_old_one_goes(rendered: Rendered) -> None:
    for item in rendered.of("Deployment"):
        container = item["spec"]["template"]["spec"]["containers"][0]
        if any(port["name"] == "grpc" for port in container.get("ports", ())):
            assert item["spec"]["minReadySeconds"] == 35
        else:
            assert "minReadySeconds" not in item["spec"]


def test_every_deployment_may_be_moved_pod_by_pod(rendered: Rendered) -> None:
    assert sorted(rendered.names("PodDisruptionBudget")) == sorted(rendered.names("Deployment"))
    for budget in rendered.of("PodDisruptionBudget"):
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_pods_are_spread_over_nodes_and_zones(rendered: Rendered) -> None:
    for item in rendered.of("Deployment"):
        rules = item["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {rule["topologyKey"] for rule in rules} == {
            "kubernetes.io/hostname", "topology.kubernetes.io/zone",
        }  # fmt: skip
        for rule in rules:
            assert rule["labelSelector"]["matchLabels"] == item["spec"]["selector"]["matchLabels"]


def test_grpc_services_are_headless_so_that_callers_see_every_pod(rendered: Rendered) -> None:
    for name in SERVICES:
        service = rendered.one("Service", f"wasl-{name}")
        assert service["spec"]["clusterIP"] == "None"
        assert service["spec"]["ports"][0]["port"] == 50051
    for name in ("wasl-gateway", "wasl-web"):
        assert "clusterIP" not in rendered.one("Service", name)["spec"]
    address = rendered.one("ConfigMap", "wasl-config")["data"]["WASL_SERVICE_ADDRESS"]
    assert address == "dns:///wasl-{service}:50051"


def test_labels_say_what_belongs_together(rendered: Rendered) -> None:
    for item in rendered.manifests:
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "wasl", item["metadata"]
        assert labels["app.kubernetes.io/instance"] == "wasl", item["metadata"]


def test_labels_of_pods_and_selectors_stay_the_same_between_versions(rendered: Rendered) -> None:
    for name, pod in rendered.pods():
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(
            pod["metadata"]["labels"]
        ), name


def test_no_credential_stands_in_a_config_map_or_a_pod(dev: Rendered) -> None:
    secrets = {
        text
        for item in dev.of("Secret")
        for key, text in secret(item).items()
        if key not in ("username", "admin-email", "definitions.json")
    }
    assert len(secrets) > 20
    for item in dev.manifests:
        if item["kind"] != "Secret":
            written = str(item)
            assert not [text for text in secrets if text in written], item["metadata"]["name"]
    for name, container in dev.containers():
        for variable, told in environment(container).items():
            if any(word in variable for word in ("PASSWORD", "KEY", "_URL")):
                assert isinstance(told, tuple), f"{name}: {variable}"


def test_mode_dev_is_marked_as_what_it_is(
    dev: Rendered, operator: Rendered, external: Rendered
) -> None:
    for name in ("wasl-postgres", "wasl-rabbitmq"):
        server = dev.one("StatefulSet", name)
        assert server["metadata"]["labels"]["wasl/mode"] == "dev"
        assert server["spec"]["template"]["metadata"]["labels"]["wasl/mode"] == "dev"
        assert "wasl/warning" in server["metadata"]["annotations"]
        claim = server["spec"]["volumeClaimTemplates"][0]
        assert claim["spec"]["resources"]["requests"]["storage"] == "8Gi"
    for rendered in (operator, external):
        assert rendered.of("StatefulSet") == []
        assert "wasl/mode" not in str(rendered.manifests)


def test_a_changed_setting_makes_other_pods(charts: Charts, dev: Rendered) -> None:
    changed: list[dict[str, Any]] = [
        {"config": {"logLevel": "DEBUG"}},
        {"publicUrl": "https://crm.example"},
        {"mail": {"smtpUrl": "smtp://other"}},
    ]
    for value in changed:
        again = charts.render(DEV | {"global": value})
        for item in _services(again, "serve") + _services(again, "work"):
            before = dev.one("Deployment", item["metadata"]["name"])
            assert before["spec"]["template"] != item["spec"]["template"], value
    # What has nothing to do with settings leaves them alone.
    again = charts.render(DEV | {"global": {"monitoring": {"serviceMonitors": True}}})
    assert again.of("Deployment") == dev.of("Deployment")


def test_images_are_named_by_everybody_s_settings_and_one_s_own(charts: Charts) -> None:
    digest = "sha256:" + "a" * 64
    rendered = charts.render(
        DEV
        | {
            "global": {"image": {"registry": "registry.example/", "prefix": "crm/", "tag": "2"}},
            "sales": {"image": {"digest": digest}},
            "web": {"image": {"repository": "own/web", "registry": "other.example", "tag": "3"}},
        }
    )

    def image(name: str) -> str:
        spec = rendered.one("Deployment", name)["spec"]["template"]["spec"]
        images = {item["image"] for item in (*spec.get("initContainers", ()), *spec["containers"])}
        assert len(images) == 1
        return str(images.pop())

    assert image("wasl-contacts") == "registry.example/crm/contacts:2"
    assert image("wasl-sales-work") == f"registry.example/crm/sales:2@{digest}"
    assert image("wasl-web") == "other.example/own/web:3"


def test_autoscaling_leaves_the_number_of_replicas_to_the_autoscaler(
    charts: Charts, dev: Rendered
) -> None:
    work = {"enabled": True, "queues": ["sales.on_share"], "messagesPerReplica": 50}
    rendered = charts.render(
        DEV
        | {"sales": {"serve": {"autoscaling": {"enabled": True}}, "work": {"autoscaling": work}}}
    )
    assert dev.one("Deployment", "wasl-sales")["spec"]["replicas"] == 1
    assert "replicas" not in rendered.one("Deployment", "wasl-sales")["spec"]
    assert "replicas" not in rendered.one("Deployment", "wasl-sales-work")["spec"]
    scaler = rendered.one("HorizontalPodAutoscaler", "wasl-sales")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    scaled = rendered.one("ScaledObject", "wasl-sales-work")["spec"]
    assert scaled["minReplicaCount"] == 1
    assert scaled["triggers"][0]["metadata"] == {
        "hostFromEnv": "WASL_BROKER_URL", "protocol": "amqp", "queueName": "sales.on_share",
        "mode": "QueueLength", "value": "50",
    }  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_prometheus_finds_every_process_that_has_metrics(charts: Charts, part: str) -> None:
    rendered = charts.render(DEV | {"global": {"monitoring": {"serviceMonitors": True}}})
    if part == "web":
        assert f"wasl-{part}" not in rendered.names("ServiceMonitor")
        return
    monitor = rendered.one("ServiceMonitor", f"wasl-{part}")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    found = [
        item
        for item in rendered.of("Service")
        if wanted.items() <= item["metadata"]["labels"].items()
    ]
    assert [item["metadata"]["name"] for item in found] == [f"wasl-{part}-metrics"]
    assert found[0]["spec"]["publishNotReadyAddresses"] is True
    pods = [
        name
        for name, pod in rendered.pods()
        if found[0]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    ]
    expected = [f"Deployment wasl-{part}"]
    assert pods == (expected if part == "gateway" else [*expected, f"Deployment wasl-{part}-work"])
    for name, pod in rendered.pods():
        if name in pods:
            assert pod["metadata"]["annotations"]["prometheus.io/port"] == "9464"


def test_an_ingress_and_a_route_lead_to_web(charts: Charts) -> None:
    expose = {
        "kind": "ingress",
        "host": "crm.example",
        "tlsSecret": "crm-tls",
        "className": "nginx",
    }
    rendered = charts.render(DEV | {"global": {"expose": expose}})
    ingress = rendered.one("Ingress", "wasl")["spec"]
    assert ingress["tls"] == [{"hosts": ["crm.example"], "secretName": "crm-tls"}]
    backend = ingress["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "wasl-web", "port": {"name": "http"}}
    config = rendered.one("ConfigMap", "wasl-config")["data"]
    assert config["WASL_PUBLIC_URL"] == "https://crm.example"
    expose = {"kind": "gateway", "host": "crm.example", "gateway": {"name": "edge"}}
    route = charts.render(DEV | {"global": {"expose": expose}}).one("HTTPRoute", "wasl")["spec"]
    assert route["parentRefs"] == [{"name": "edge"}]
    assert route["rules"][0]["backendRefs"] == [{"name": "wasl-web", "port": 8080}]


@pytest.mark.parametrize(
    ("expose", "proxies"),
    [
        ({}, "1"),
        ({"kind": "ingress", "host": "a.example"}, "2"),
        ({"kind": "ingress", "host": "a.example", "proxies": 1}, "3"),
        ({"proxies": 1}, "2"),
    ],
)
def test_the_gateway_believes_as_many_proxies_as_there_are(
    charts: Charts, expose: dict[str, Any], proxies: str
) -> None:
    rendered = charts.render(DEV | {"global": {"expose": expose}})
    pod = rendered.one("Deployment", "wasl-gateway")["spec"]["template"]["spec"]
    assert environment(pod["containers"][0])["WASL_TRUSTED_PROXIES"] == proxies


def test_another_release_has_other_names_everywhere(charts: Charts) -> None:
    rendered = charts.render(DEV, release="crm")
    for item in rendered.manifests:
        assert item["metadata"]["name"].startswith("crm-")
    assert "wasl-" not in str(rendered.one("Deployment", "crm-sales")["spec"]).replace(
        "wasl-sales:", ""
    )


def test_a_service_can_be_a_release_of_its_own_that_belongs_to_a_suite(charts: Charts) -> None:
    values = {"name": "leads", "global": {"suite": "wasl"}, "calls": ["contacts"]}
    rendered = charts.render(values, chart="wasl-service", release="leads")
    pod = rendered.one("Deployment", "wasl-leads")["spec"]["template"]
    told = environment(pod["spec"]["containers"][0])
    assert told["WASL_INTERNAL_KEY"] == ("wasl-keys", "internal-key")
    assert told["WASL_DATABASE_URL"] == ("wasl-leads-database", "url")
    assert pod["spec"]["containers"][0]["envFrom"] == [{"configMapRef": {"name": "wasl-config"}}]
    assert pod["metadata"]["labels"]["wasl/suite"] == "wasl"
    assert rendered.one("Service", "wasl-leads")["spec"]["clusterIP"] == "None"
