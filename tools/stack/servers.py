"""PostgreSQL and RabbitMQ of this stack: start both at once, look after them, stop them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.stack import ports, postgres, rabbitmq
from tools.stack.credentials import Credentials
from tools.stack.layout import GATEWAY, Layout

_BROKER_PORTS = ("rabbitmq", "rabbitmq_dist", "epmd")


@dataclass(kw_only=True)
class Servers:
    """Both servers, started; `ports` are also those of the services' metrics."""

    layout: Layout
    ports: dict[str, int]
    postgres: postgres.Postgres
    broker: rabbitmq.RabbitMQ

    def pids(self) -> dict[str, int]:
        """Return the pids of the servers that run."""
        found = {"postgres": self.postgres.pid, "rabbitmq": self.broker.pid}
        return {name: pid for name, pid in found.items() if pid}

    def revive(self, name: str) -> None:
        """Start the server `name` again, on the same port and data."""
        if name == "postgres":
            self.postgres = start_postgres(self.layout, ports=self.ports)
        else:
            self.broker = start_broker(self.layout, ports=self.ports)

    def stop(self) -> None:
        """Stop the broker, then the database."""
        self.broker.stop()
        self.postgres.stop()


def start(layout: Layout, *, names: list[str], credentials: Credentials) -> "Starting":
    """Begin to start both servers in the background; `Starting.wait` returns them."""
    ours = set()
    if left_over_postgres(layout):
        ours.add("postgres")
    if left_over_broker(layout):
        ours.update(_BROKER_PORTS)
    wanted = ["postgres", *_BROKER_PORTS, *(f"metrics.{name}" for name in names)]
    chosen = ports.choose(layout.file("ports.json"), wanted, ours=ours)
    return Starting(layout, chosen=chosen, names=names, credentials=credentials)


class Starting:
    """Both servers while they start, so that libraries can be imported meanwhile."""

    def __init__(
        self, layout: Layout, *, chosen: dict[str, int], names: list[str], credentials: Credentials
    ) -> None:
        """Start two threads; they are over when `wait` returns, before anything is forked."""
        self._layout, self._ports = layout, chosen
        self._threads = ThreadPoolExecutor(2)
        databases = {name: credentials.databases[name] for name in names if name != GATEWAY}
        self._postgres = self._threads.submit(_database, layout, chosen, databases)
        self._broker = self._threads.submit(start_broker, layout, ports=chosen)

    def wait(self) -> Servers:
        """Return the servers once both are ready; StackError when one cannot start."""
        self._threads.shutdown(wait=True)
        return Servers(
            layout=self._layout,
            ports=self._ports,
            postgres=self._postgres.result(),
            broker=self._broker.result(),
        )


def start_postgres(layout: Layout, *, ports: dict[str, int]) -> postgres.Postgres:
    """Start or take over this stack's PostgreSQL."""
    return postgres.start(layout.file("postgres"), port=ports["postgres"])


def start_broker(layout: Layout, *, ports: dict[str, int]) -> rabbitmq.RabbitMQ:
    """Start or take over this stack's RabbitMQ."""
    return rabbitmq.start(
        layout.file("rabbitmq"),
        port=ports["rabbitmq"],
        dist_port=ports["rabbitmq_dist"],
        epmd_port=ports["epmd"],
    )


def left_over_postgres(layout: Layout) -> postgres.Postgres | None:
    """Return the PostgreSQL a former supervisor left running, recognised by its data folder."""
    folder = layout.file("postgres").resolve()
    found = postgres.Postgres(folder=folder, socket=Path(), port=0)
    return found if found.alive() else None


def left_over_broker(layout: Layout) -> rabbitmq.RabbitMQ | None:
    """Return the RabbitMQ (or the epmd alone) a former supervisor left running."""
    folder = layout.file("rabbitmq")
    if not (folder / "epmd.pid").exists():
        return None
    known = ports.remembered(layout.file("ports.json"))
    return rabbitmq.RabbitMQ(
        folder=folder,
        port=known.get("rabbitmq", 0),
        dist_port=known.get("rabbitmq_dist", 0),
        epmd_port=known.get("epmd", 0),
    )


def stop_left_overs(layout: Layout) -> None:
    """Stop the servers that run for this stack, whoever has started them."""
    for server in (left_over_broker(layout), left_over_postgres(layout)):
        if server is not None:
            server.stop()


def database_name(service: str) -> str:
    """Return the name of a service's database, which is its role's as well."""
    return f"wasl_{service}"


def _database(
    layout: Layout, chosen: dict[str, int], passwords: dict[str, str]
) -> postgres.Postgres:
    server = start_postgres(layout, ports=chosen)
    for service, password in passwords.items():
        server.create(database_name(service), database_name(service), password)
    return server
