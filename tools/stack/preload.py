"""What every service imports, imported once: the children share its memory and start at once."""

import gc
import importlib
import os
import pkgutil
import sys

from tools.stack.layout import ROOT

_LIBRARIES = (
    "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "psycopg", "alembic.command", "pika",
    "flask", "gunicorn.app.base", "gunicorn.workers.gthread", "grpc", "grpc_health.v1.health",
    "grpc_reflection.v1alpha.reflection", "pydantic_settings", "protovalidate", "joserfc.jwt",
    "opentelemetry.sdk.trace.export", "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "prometheus_client", "phonenumbers", "email_validator", "lark", "argon2", "openpyxl",
    "httpx", "xlsxwriter", "zxcvbn", "authlib.oauth2.rfc6749.parameters",
    "authlib.oauth2.rfc7636", "pyotp",
)  # fmt: skip


def preload() -> list[str]:
    """Import the libraries and the chassis; return a sentence for each that failed.

    Importing opens nothing: no channel, no thread, no connection exists before the fork.
    """
    # Read by grpcio at import; its fork handlers would only cost time.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    for folder in (str(ROOT / "gen"), str(ROOT)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    complaints = []
    for name in (*_LIBRARIES, *_chassis()):
        try:
            importlib.import_module(name)
        except Exception as error:
            complaints.append(f"{name} cannot be imported before the fork: {error!r}")
    gc.collect()
    # Objects that are never examined again stay on pages that are never copied.
    gc.freeze()
    return complaints


def _chassis() -> list[str]:
    found = pkgutil.walk_packages(
        [str(ROOT / "chassis")], prefix="chassis.", onerror=lambda _: None
    )
    return [module.name for module in found if not module.name.startswith("chassis.testing")]
