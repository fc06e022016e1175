"""Wrong values are refused, each with a sentence that says what to do."""

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.api_server import kubernetes_with
from tests.deploy.charts import DEV, EXTERNAL, OPERATOR, Charts, Refused, Rendered

Values = dict[str, Any]


def _dev(**more: Any) -> Values:
    return DEV | more


def _global(**more: Any) -> Values:
    return _dev(**{"global": more})


def _sales(**more: Any) -> Values:
    return _dev(sales=more)


# (values, what Helm says about them)
REFUSED: list[tuple[Values, str]] = [
    # What has to be said.
    ({}, "mode: choose where PostgreSQL and RabbitMQ come from: --set mode=dev"),
    (
        {"mode": "external"},
        "contacts.database: mode external has to know where it is: set contacts.database.existing",
    ),
    (
        {"mode": "external", "global": {"database": {"host": "db"}, "broker": {"host": "mq"}}},
        "contacts.database.password is empty: every service has credentials of its own",
    ),
    (
        EXTERNAL | {"sales": {"database": {"existingSecret": "a"}}},
        "sales.broker: mode external has to know where it is",
    ),
    (_global(expose={"kind": "ingress"}), "global.expose.host: which name do people open?"),
    (
        _global(expose={"kind": "gateway", "host": "crm.example"}),
        "global.expose.gateway.name: kind gateway needs the Gateway that the route hangs on",
    ),
    (
        _dev(identity={"schedules": {"audit-verify": {"schedule": "nightly"}}}),
        "schedules.audit-verify.schedule: Does not match pattern",
    ),
    (
        _dev(identity={"schedules": {"report": {"schedule": "@daily"}}}),
        "schedules.report: args is required",
    ),
    # Typos and nonsense.
    (
        {"mode": "production"},
        'mode must be one of the following: "", "dev", "operator", "external"',
    ),
    (_dev(contact={}), "Additional property contact is not allowed"),
    (_dev(**{"global": {"imge": {}}}), "Additional property imge is not allowed"),
    (_sales(replicas=2), "Additional property replicas is not allowed"),
    (_sales(serve={"replica": 2}), "Additional property replica is not allowed"),
    (_sales(serve={"replicas": 0}), "serve.replicas: Must be greater than or equal to 1"),
    (
        _sales(serve={"replicas": "2"}),
        "serve.replicas: Invalid type. Expected: integer, given: string",
    ),
    (
        _sales(serve={"protocol": "rest"}),
        'serve.protocol must be one of the following: "grpc", "http"',
    ),
    (_sales(image={"digest": "latest"}), "image.digest: Does not match pattern"),
    (_global(image={"tag": "v 1"}), "global.image.tag: Does not match pattern"),
    (
        _global(image={"pullPolicy": "Sometimes"}),
        "global.image.pullPolicy must be one of the following",
    ),
    (_global(publicUrl="crm.example"), "global.publicUrl: Does not match pattern"),
    (_global(publicUrl="https://crm.example/wasl"), "global.publicUrl: Does not match pattern"),
    (
        _global(config={"traceRatio": 5}),
        "global.config.traceRatio: Must be less than or equal to 1",
    ),
    (_global(config={"logLevel": "debug"}), "global.config.logLevel must be one of the following"),
    (_global(mail={"smtpUrl": "mail.example:25"}), "global.mail.smtpUrl: Does not match pattern"),
    (
        _global(database={"parameters": "?sslmode=require"}),
        "global.database.parameters: Does not match pattern",
    ),
    (
        _global(expose={"kind": "ingress", "host": "https://crm.example"}),
        "global.expose.host: Does not match pattern",
    ),
    (
        _global(networkPolicy={"dns": [{"namespace": "kube-system"}]}),
        "Additional property namespace is not allowed",
    ),
    (
        _global(pods={"labels": {"tier": 1}}),
        "global.pods.labels.tier: Invalid type. Expected: string",
    ),
    (_dev(admin={"email": "admin"}), "admin.email: Does not match pattern"),
    (_dev(dev={"postgres": {"storage": "8 GB"}}), "dev.postgres.storage: Does not match pattern"),
    (
        _dev(dev={"rabbitmq": {"memoryMiB": 64}}),
        "dev.rabbitmq.memoryMiB: Must be greater than or equal to 384",
    ),
    (
        OPERATOR | {"operator": {"rabbitmq": {"replicas": 2}}},
        "operator.rabbitmq.replicas must be one of the following: 1, 3, 5, 7",
    ),
    (_sales(keys=["internal_key"]), 'keys.0 must be one of the following: "internal-key"'),
    (_sales(settings={"THREADS": 8}), 'settings: Property name of "THREADS" does not match'),
    (_sales(calls=["contcts"]), "sales.calls: there is no service contcts"),
    (_sales(runAsUser=0), "runAsUser: Must be greater than or equal to 1"),
    (
        _sales(terminationGracePeriodSeconds=5),
        "terminationGracePeriodSeconds: Must be greater than or equal to 30",
    ),
    (_sales(preStopSeconds=0), "preStopSeconds: Must be greater than or equal to 1"),
    # What contradicts itself.
    (
        _global(database={"host": "db"}),
        "global.database.host is only for mode external; mode dev makes its own",
    ),
    (_global(broker={"tls": True}), "global.broker.tls and vhost are only for mode external"),
    (
        _sales(database={"existingSecret": "mine"}),
        "sales.database.existingSecret: mode dev makes the passwords of what it runs",
    ),
    (
        OPERATOR | {"sales": {"broker": {"password": "x"}}},
        "sales.broker: where it is and who may use it is only said in mode external",
    ),
    (
        EXTERNAL
        | {
            "sales": {
                "database": {"existingSecret": "a", "password": "b"},
                "broker": {"existingSecret": "c"},
            }
        },
        "sales.database: existingSecret and password exclude each other",
    ),
    (
        _global(
            expose={
                "kind": "gateway",
                "host": "a.example",
                "tlsSecret": "a",
                "gateway": {"name": "b"},
            }
        ),
        "global.expose.className and tlsSecret have no effect",
    ),
    (
        _global(expose={"gateway": {"name": "b"}}),
        "global.expose.gateway has no effect; set global.expose.kind=gateway",
    ),
    (
        _global(secrets={"existingSecret": "mine"}, mail={"smtpUrl": "smtp://a"}),
        "global.mail.smtpUrl would stand in no Secret; put it into mine under the key smtp-url",
    ),
    (_dev(identity={"enabled": False}), "identity.enabled: nobody can sign in without it"),
    (
        _dev(web={"enabled": False}),
        "web.enabled: without web, say how many proxies stand before the gateway",
    ),
    (
        _dev(
            web={"enabled": False},
            **{"global": {"expose": {"kind": "ingress", "host": "a.example"}}},
        ),
        "global.expose leads to web, which is not enabled",
    ),
    (
        _sales(serve={"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 2}}),
        "sales: serve.autoscaling.minReplicas is more than maxReplicas",
    ),
    (
        _sales(serve={"autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}}),
        "sales: serve.autoscaling needs serve.resources.requests.cpu",
    ),
    (
        _sales(work={"autoscaling": {"enabled": True}}),
        "sales: work.autoscaling.queues is empty, so nothing would ever scale",
    ),
    (_sales(database={"enabled": False}), "sales: work.enabled needs database.enabled"),
    (
        _sales(serve={"service": {"type": "NodePort"}}),
        "sales: serve.service.type must be ClusterIP",
    ),
    (
        _dev(web={"serve": {"service": {"nodePort": 30080}}}),
        "web: serve.service.nodePort has no effect with type ClusterIP",
    ),
    (_sales(name="deals"), "sales.name: the alias is the name here; leave it empty"),
    # Credentials where everybody reads them.
    (
        _sales(settings={"WASL_DATABASE_URL": "postgresql://a:b@c/d"}),
        "settings.WASL_DATABASE_URL: a credential must not stand in a Deployment",
    ),
    (
        _sales(settings={"WASL_INTERNAL_KEY": "x"}),
        "settings.WASL_INTERNAL_KEY: a credential must not stand in",
    ),
    (
        _sales(extraEnv=[{"name": "WASL_ADMIN_PASSWORD", "value": "x"}]),
        "extraEnv: WASL_ADMIN_PASSWORD is a credential; give it by valueFrom.secretKeyRef",
    ),
    # What other charts call so, or what stands elsewhere here.
    (
        _dev(postgresql={"enabled": False}),
        "postgresql: there is no such value; set mode (dev, operator or external)",
    ),
    (_dev(rabbitmq={"enabled": False}), "rabbitmq: there is no such value; set mode"),
    (
        _dev(externalDatabase={"host": "x"}),
        "externalDatabase: there is no such value; set mode=external and global.database",
    ),
    (
        _dev(ingress={"enabled": True}),
        "ingress: there is no such value; set global.expose.kind=ingress",
    ),
    (_dev(image={"tag": "1"}), "image: there is no such value; set global.image"),
    (
        _dev(existingSecret="x"),
        "existingSecret: there is no such value; set global.secrets.existingSecret",
    ),
    (_dev(replicaCount=2), "replicaCount: there is no such value; set <service>.serve.replicas"),
    (
        _dev(fullnameOverride="x"),
        "fullnameOverride: there is no such value; names begin with the release's",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), REFUSED, ids=[said[:60] for _, said in REFUSED])
def test_it_is_refused_and_told_why(charts: Charts, values: Values, sentence: str) -> None:
    with pytest.raises(Refused) as told:
        charts.render(values)
    assert sentence in str(told.value)


def test_a_release_name_that_is_too_long_is_refused(charts: Charts) -> None:
    with pytest.raises(Refused, match="is too long: at most 24 characters"):
        charts.render(DEV, release="wasl-for-the-whole-of-our-company")


def test_a_service_without_a_name_is_refused(charts: Charts) -> None:
    with pytest.raises(Refused, match="name: say which service this is, such as contacts"):
        charts.render({}, chart="wasl-service")


def test_an_old_kubernetes_is_refused(charts: Charts) -> None:
    with pytest.raises(Refused, match=r"requires kubeVersion: >=1\.30\.0-0"):
        charts.render(DEV, more=("--kube-version", "1.28.0"))


def test_another_size_of_a_volume_that_is_there_is_refused(
    charts: Charts, dev: Rendered, tmp_path: Path
) -> None:
    with kubernetes_with(dev.of("StatefulSet"), folder=tmp_path) as server:
        charts.render(DEV, more=server)
        for name in ("postgres", "rabbitmq"):
            with pytest.raises(Refused, match=f"dev.{name}.storage: a volume that is there keeps"):
                charts.render(DEV | {"dev": {name: {"storage": "20Gi"}}}, more=server)
