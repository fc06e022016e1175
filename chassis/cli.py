"""The verbs of a service: `python -m services.contacts serve|work|run|migrate|check|...`."""

import argparse
import gc
import logging
import sys
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from chassis.database.migrations import migrate, missing_revisions, wait_for_database
from chassis.database.revision import write_revision
from chassis.errors import FailedPrecondition
from chassis.events.dead_letters import (
    drop_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from chassis.events.rebuild import empty_read_model
from chassis.events.redrive import redrive
from chassis.grpc.server import RunningServer, methods_of, wait_for_signal
from chassis.resources.purge import purge
from chassis.resources.republish import republish
from chassis.service import Runtime, Service, start_runtime
from chassis.settings import Settings, load
from chassis.telemetry.exposition import start_metrics_server
from chassis.telemetry.logs import configure_logging
from chassis.telemetry.tracing import configure_tracing
from chassis.worker import workers_of

LOG = logging.getLogger(__name__)

Command = Callable[[Runtime, argparse.Namespace], int]


def main(service: Service, argv: Sequence[str] | None = None) -> int:
    """Runs a verb of a service. Returns the exit code."""
    options = _parser(service).parse_args(argv)
    settings = load(service.settings)
    configure_logging(service.name, settings.log_level)
    configure_tracing(
        service.name,
        sample_ratio=settings.trace_ratio,
        otlp_endpoint=settings.otlp_endpoint or None,
    )
    # They tell of every table they look at and of every socket.
    for name in ("alembic", "pika"):
        logging.getLogger(name).setLevel(logging.WARNING)
    command: Command = options.command
    return command(start_runtime(service, settings), options)


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        return added

    verb("serve", _serve, "answer RPCs")
    work = verb("work", _work, "relay events, consume events, run jobs")
    work.add_argument("--rebuild", action="store_true", help="empty the read model first")
    verb("run", _run, "serve and work in one process")
    migrating = verb("migrate", _migrate, "bring the database to the newest schema")
    migrating.add_argument(
        "--wait", type=float, default=60, help="seconds that the database may be away (60)"
    )
    revision = verb("revision", _revision, "draft a migration from the tables in code")
    revision.add_argument("message", help="what it does, such as `Contacts have tags`")
    revision.add_argument("--chassis", action="store_true", help="of the tables every service has")
    check = verb("check", _check, "say whether the service could start")
    check.add_argument(
        "--wait", type=float, nargs="?", const=300, default=0,
        help="seconds to wait until it could, 300 when no number is given",
    )  # fmt: skip
    verb("republish", _republish, "announce every record again, as it is now")
    anew = verb("redrive", _redrive, "after a restore: begin queues anew, announce every record")
    anew.add_argument("--rebuild", action="store_true", help="empty the read model as well")
    verb("purge", _purge, "remove for good what was deleted long ago")
    letters = verb("dlq", _dlq, "list, replay or drop dead letters")
    letters.add_argument("action", choices=("list", "replay", "drop"))
    letters.add_argument("--queue", help="one queue; all of the service when left out")
    for own in service.verbs:
        own.arguments(verb(own.name, own.run, own.text))
    return parser


def _serve(runtime: Runtime, _options: argparse.Namespace) -> int:
    return _until_signal(runtime, serves=True, works=False)


def _work(runtime: Runtime, options: argparse.Namespace) -> int:
    if options.rebuild:
        empty_read_model(runtime)
    return _until_signal(runtime, serves=False, works=True)


def _run(runtime: Runtime, _options: argparse.Namespace) -> int:
    return _until_signal(runtime, serves=True, works=True)


def _until_signal(runtime: Runtime, *, serves: bool, works: bool) -> int:
    workers = workers_of(runtime) if works else []
    try:
        start_metrics_server(
            runtime.settings.metrics_listen,
            healthy=lambda: all(worker.alive() for worker in workers),
        )
    except OSError:
        listen = runtime.settings.metrics_listen
        sys.stderr.write(f"WASL_METRICS_LISTEN={listen} is taken; choose another.\n")
        return 1
    server = RunningServer(runtime) if serves else None
    for worker in workers:
        worker.start()
    calm_collector()
    wait_for_signal()
    LOG.info("stopping")
    if server is not None:
        server.stop()
    for worker in workers:
        worker.stop()
    return 0


def calm_collector() -> None:
    """Keeps Python's cycle collector from going through the libraries' objects again and again.

    A request makes hardly any cycle; by default the collector runs every 700 new objects, a few
    times in each page of a list.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def prepare_database(service: Service, settings: Settings) -> None:
    """Brings a service's database to the newest schema, with what it cannot be without."""
    runtime = start_runtime(service, settings)
    migrate(runtime.direct_engine, service.branches)
    # The role has new settings, which connections take on when they are made.
    runtime.direct_engine.dispose()
    if service.prepare is not None:
        service.prepare(runtime)
    runtime.direct_engine.dispose()


def _migrate(runtime: Runtime, options: argparse.Namespace) -> int:
    name = runtime.name
    try:
        away = wait_for_database(runtime.direct_engine, seconds=options.wait)
        if away:
            sys.stderr.write(f"The database of {name} cannot be reached: {away}\n")
            return 1
        prepare_database(runtime.service, runtime.settings)
    except SQLAlchemyError as error:
        LOG.exception("the migration failed")
        reason = str(getattr(error, "orig", None) or error).strip()
        # Last, and in one sentence: it is what Kubernetes shows of a failed Job. Each branch of
        # revisions is a transaction of its own, so another may have been applied before.
        sys.stderr.write(f"The migration of {name} failed, and what failed was undone: {reason}\n")
        return 1
    return 0


def _revision(runtime: Runtime, options: argparse.Namespace) -> int:
    branch = runtime.service.branches[0 if options.chassis else 1]
    path = write_revision(runtime.direct_engine, branch, options.message)
    sys.stdout.write(f"{path or 'Nothing differs.'}\n")
    return 0


def _check(runtime: Runtime, options: argparse.Namespace) -> int:
    try:
        count = len(methods_of(runtime.service))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    deadline, told = time.monotonic() + options.wait, ""
    while lacking := _lacking(runtime):
        if lacking != told:
            sys.stderr.write(f"{lacking}\n")
            told = lacking
        if time.monotonic() > deadline:
            return 1
        time.sleep(0.5)
    sys.stdout.write(f"{runtime.name} is ready: {count} RPCs.\n")
    return 0


def _lacking(runtime: Runtime) -> str:
    try:
        return missing_revisions(runtime.direct_engine, runtime.service.branches)
    except OperationalError as error:
        return f"The database of {runtime.name} cannot be reached: {error.orig}"


def _republish(runtime: Runtime, _options: argparse.Namespace) -> int:
    sys.stdout.write(f"{republish(runtime)} records are on their way.\n")
    return 0


def _redrive(runtime: Runtime, options: argparse.Namespace) -> int:
    try:
        done = redrive(runtime, rebuild=options.rebuild)
    except FailedPrecondition as refused:
        sys.stderr.write(f"{refused.message}\n")
        return 1
    sys.stdout.write(
        f"{runtime.name}: {done.read} events of the feed were read again, "
        f"{done.announced} records are on their way.\n"
    )
    return 0


def _purge(runtime: Runtime, _options: argparse.Namespace) -> int:
    sys.stdout.write(f"{purge(runtime)} records are gone for good.\n")
    return 0


def _dlq(runtime: Runtime, options: argparse.Namespace) -> int:
    url = runtime.settings.broker_url
    known = [listener.queue for listener in runtime.service.all_listeners]
    if options.queue is not None and options.queue not in known:
        sys.stderr.write(f"{runtime.name} listens to {', '.join(known) or 'nothing'}.\n")
        return 1
    for queue in [options.queue] if options.queue else known:
        if options.action == "list":
            for letter in list_dead_letters(url, queue):
                sys.stdout.write(f"{queue}\t{letter.event_id}\t{letter.key}\t{letter.reason}\n")
        elif options.action == "replay":
            sys.stdout.write(f"{queue}: {replay_dead_letters(url, queue)} replayed\n")
        else:
            sys.stdout.write(f"{queue}: {drop_dead_letters(url, queue)} dropped\n")
    return 0
