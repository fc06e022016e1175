"""The main options of the suite's chart, in groups that go together."""

from typing import Any

from tests.deploy.charts import DEV, OPERATOR, PARTS, SERVICES

SCALED = {"serve": {"autoscaling": {"enabled": True}}}
OPTIONS: dict[str, dict[str, Any]] = {
    "ingress": DEV
    | {
        "global": {
            "expose": {
                "kind": "ingress",
                "host": "crm.example",
                "className": "nginx",
                "tlsSecret": "crm-tls",
                "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "65m"},
            }
        }
    },
    "gateway": DEV
    | {
        "global": {
            "expose": {
                "kind": "gateway",
                "host": "crm.example",
                "gateway": {"name": "shared", "namespace": "edge", "sectionName": "https"},
            }
        }
    },
    "one cluster per service": OPERATOR
    | {"operator": {"postgres": {"perService": True, "spec": {"backup": {"target": "primary"}}}}},
    "operators, watched": OPERATOR | {"global": {"monitoring": {"serviceMonitors": True}}},
    "autoscaling": DEV
    | dict.fromkeys(PARTS, SCALED)
    | {
        "reporting": SCALED
        | {"work": {"autoscaling": {"enabled": True, "queues": ["reporting.on_opportunity"]}}}
    },
    "everything of a pod": DEV
    | {
        "global": {
            "image": {"registry": "registry.example/crm", "prefix": "", "tag": "9.9.9"},
            "imagePullSecrets": ["pull"],
            "authorities": {"configMap": "authorities"},
            "config": {"otlpEndpoint": "http://collector.monitoring:4318"},
            "mail": {"smtpUrl": "smtps://user:secret@mail.example:465"},
            "pods": {
                "labels": {"team": "crm"},
                "annotations": {"note": "1"},
                "nodeSelector": {"disk": "ssd"},
                "priorityClassName": "high",
                "tolerations": [{"key": "crm", "operator": "Exists"}],
                "affinity": {"podAntiAffinity": {}},
            },
            "monitoring": {"serviceMonitors": True, "labels": {"release": "prometheus"}},
        },
        "sales": {
            "image": {"digest": "sha256:" + "a" * 64},
            "settings": {"WASL_THREADS": 8},
            "extraEnv": [{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "a=b"}],
            "pods": {"tolerations": [{"key": "sales", "operator": "Exists"}]},
            "serviceAccount": {"name": "mine"},
        },
    },
    "nothing optional": DEV
    | {"global": {"networkPolicy": {"enabled": False}}}
    | {name: {"disruption": {"enabled": False}} for name in PARTS},
    "without web": DEV
    | {
        "web": {"enabled": False},
        "gateway": {
            "serve": {"service": {"type": "NodePort", "nodePort": 30080}},
            "settings": {"WASL_TRUSTED_PROXIES": "0"},
        },
    },
    "passwords in values": {
        "mode": "external",
        "global": {
            "database": {"host": "db.example", "parameters": "sslmode=verify-full"},
            "broker": {"host": "mq.example", "port": 5671, "tls": True, "vhost": "crm"},
        },
        **{
            name: {"database": {"password": "a b/c"}, "broker": {"password": "d"}}
            for name in SERVICES
        },
    },
}
