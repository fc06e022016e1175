"""Where the local stack keeps what, and what each service is told through its environment."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from tools.stack.credentials import ADMIN_EMAIL, Credentials
from tools.stack.problems import StackError

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = "gateway"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders of one stack: `run` for its state, `services` for the programs it runs."""

    run: Path
    services: Path

    def file(self, name: str) -> Path:
        """Return a file under the run folder."""
        return self.run / name

    @property
    def package(self) -> str:
        """The import name of the services' parent package."""
        return self.services.name

    def names(self) -> list[str]:
        """Return the services to run, the gateway last; WASL_SERVICES restricts them.

        StackError when WASL_SERVICES names a service that does not exist.
        """
        found = sorted(program.parent.name for program in self.services.glob("*/__main__.py"))
        wanted = [name for name in os.environ.get("WASL_SERVICES", "").split(",") if name]
        if unknown := sorted(set(wanted) - set(found)):
            raise StackError(
                f"WASL_SERVICES names {', '.join(unknown)}, but the services are: "
                f"{', '.join(found) or 'none yet'}."
            )
        return sorted(wanted or found, key=lambda name: (name == GATEWAY, name))


def layout(*, services: Path | None = None) -> Layout:
    """Return the stack's folders; WASL_RUN_DIR moves its state away from `.run`."""
    run = Path(os.environ.get("WASL_RUN_DIR") or ".run")
    return Layout(run=ROOT / run, services=services or ROOT / "services")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where the servers of a running stack listen; `databases` by service."""

    broker: str
    databases: dict[str, str]
    ports: dict[str, int]
    gateway_host: str
    gateway_port: int

    @property
    def gateway(self) -> str:
        """The gateway's URL, as a browser on this machine opens it."""
        host = "127.0.0.1" if self.gateway_host in {"0.0.0.0", "::"} else self.gateway_host
        return f"http://{host}:{self.gateway_port}"


def environment(
    name: str, *, layout: Layout, addresses: Addresses, credentials: Credentials
) -> dict[str, str]:
    """Return what the service `name` finds in its environment, and nobody else's secrets."""
    try:
        sockets = str(layout.run.relative_to(ROOT))
    except ValueError:
        sockets = str(layout.run)
    told = {
        "WASL_BROKER_URL": addresses.broker,
        "WASL_SERVICE_ADDRESS": f"unix:{sockets}/{{service}}.sock",
        "WASL_METRICS_LISTEN": f"127.0.0.1:{addresses.ports[f'metrics.{name}']}",
        "WASL_INTERNAL_KEY": credentials.internal_key,
        "WASL_TOKEN_PUBLIC_KEYS": json.dumps(credentials.token_public_keys),
        # Read by grpcio when it is imported: we fork before anything of it is opened.
        "GRPC_ENABLE_FORK_SUPPORT": "0",
    }
    if name == GATEWAY:
        return told | {
            "WASL_HOST": addresses.gateway_host,
            "WASL_PORT": str(addresses.gateway_port),
        }
    told["WASL_LISTEN"] = f"unix:{sockets}/{name}.sock"
    told["WASL_DATABASE_URL"] = addresses.databases[name]
    if name == "identity":
        told |= {
            "WASL_TOKEN_SIGNING_KEY": json.dumps(credentials.token_signing_key),
            "WASL_SECRETS_KEY": credentials.secrets_key,
            "WASL_PUBLIC_URL": addresses.gateway,
            "WASL_AUDIT_KEY": credentials.audit_key,
            "WASL_ADMIN_EMAIL": ADMIN_EMAIL,
            "WASL_ADMIN_PASSWORD": credentials.admin_password,
            "WASL_ADMIN_API_KEY": credentials.admin_api_key,
        }
    return told


def admin_environment(*, addresses: Addresses, credentials: Credentials) -> dict[str, str]:
    """Return what scripts find in `.run/admin.env`."""
    return {
        "WASL_URL": addresses.gateway,
        "WASL_EMAIL": ADMIN_EMAIL,
        "WASL_PASSWORD": credentials.admin_password,
        "WASL_API_KEY": credentials.admin_api_key,
    }
