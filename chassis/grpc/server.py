"""The gRPC server of a service, with the settings of design §9."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from protobuf import DescMethod

from chassis.grpc import pipeline
from chassis.grpc.call import Rpc
from chassis.grpc.method import Method, describe_method
from chassis.jobs import rpcs as jobs
from chassis.listen import is_taken
from chassis.resources.explain import explain_record_access
from chassis.resources.exports import export_rpc
from chassis.resources.field_names import snake_case
from chassis.resources.imports.preview import preview_import
from chassis.resources.imports.upload import import_rpc
from chassis.resources.references import look_up_references
from chassis.resources.shares import create_share, delete_share, list_shares
from chassis.resources.standard import standard_rpcs
from chassis.service import PLATFORM, Runtime, Service

LOG = logging.getLogger(__name__)

_OPTIONS = (
    # A client asks DNS who is there when a connection ends, and at no other time: new replicas are
    # found within seconds (ADR 0005). What runs on an old connection may finish, and an export runs
    # for up to ten minutes.
    ("grpc.max_connection_age_ms", 4_000),
    ("grpc.max_connection_age_grace_ms", 600_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
    # The token of a person who leads hundreds of teams names them all; 8 KiB would be too little.
    ("grpc.max_metadata_size", 256 * 1024),
    ("grpc.absolute_max_metadata_size", 256 * 1024),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.so_reuseport", 0),
)
_DRAIN_SECONDS = 20
_PLATFORM_RPCS: tuple[Rpc, ...] = (
    *jobs.RPCS,
    create_share,
    delete_share,
    explain_record_access,
    list_shares,
    look_up_references,
    preview_import,
)


def methods_of(service: Service) -> list[tuple[Method, Rpc]]:
    """Every RPC that a service answers, with its function.

    Raises ValueError when an RPC has no policy or no function, or a function has no RPC.
    """
    functions = _functions(service)
    found: list[tuple[Method, Rpc]] = []
    for desc in _descriptors(service):
        name = snake_case(desc.name)
        if name not in functions:
            raise ValueError(f"{desc.parent.type_name}.{desc.name} has no function {name}().")
        found.append((describe_method(desc, service=service.name), functions.pop(name)))
    if functions:
        raise ValueError(f"No RPC of {service.name} is answered by {', '.join(functions)}().")
    return found


def _descriptors(service: Service) -> list[DescMethod]:
    return [
        method
        for module in (*service.protos, *PLATFORM)
        for desc in module.desc().services
        for method in desc.methods
    ]


def _functions(service: Service) -> dict[str, Rpc]:
    functions: dict[str, Rpc] = {}
    for resource in service.by_name.values():
        functions.update(standard_rpcs(resource))
    declared = {snake_case(desc.name) for desc in _descriptors(service)}
    for resource in service.resources:
        functions[f"import_{resource.plural_field}"] = import_rpc(resource)
        functions[f"export_{resource.plural_field}"] = export_rpc(resource)
    # A proto may leave out a standard method, such as the import of API keys.
    functions = {name: function for name, function in functions.items() if name in declared}
    own: tuple[Rpc, ...] = (*service.rpcs, *_PLATFORM_RPCS)
    functions.update((function.__name__, function) for function in own)
    return functions


def build_server(runtime: Runtime) -> tuple[grpc.Server, health.HealthServicer]:
    """A server that answers every RPC of the service, and health. Not yet listening."""
    settings = runtime.settings
    server = grpc.server(
        ThreadPoolExecutor(settings.threads, thread_name_prefix="rpc"),
        options=_OPTIONS,
        maximum_concurrent_rpcs=settings.threads * 4,
    )
    by_service: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
    for method, function in methods_of(runtime.service):
        handlers = by_service.setdefault(method.desc.parent.type_name, {})
        handlers[method.name] = _handler(method, function, runtime=runtime)
    for name, handlers in by_service.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
    watch = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(watch, server)
    return server, watch


def _handler(method: Method, function: Rpc, *, runtime: Runtime) -> grpc.RpcMethodHandler:
    make: Mapping[str, tuple[Callable[..., object], Callable[..., object]]] = {
        "unary": (grpc.unary_unary_rpc_method_handler, pipeline.unary),
        "server_streaming": (grpc.unary_stream_rpc_method_handler, pipeline.server_stream),
        "client_streaming": (grpc.stream_unary_rpc_method_handler, pipeline.client_stream),
    }
    wrap, build = make[method.desc.method_kind]
    # Bytes in, bytes out: the pipeline parses, so that a broken request gets a proper error.
    return wrap(build(method, function, runtime=runtime))


class RunningServer:
    """A listening server that can be stopped in the order of design §9."""

    def __init__(self, runtime: Runtime) -> None:
        self._server, self._health = build_server(runtime)
        address = runtime.settings.listen
        is_socket = address.startswith("unix:")
        try:
            free = is_socket or not is_taken(address)
            bound = self._server.add_insecure_port(address) if free else 0
        except RuntimeError:
            bound = 0
        if not bound and not is_socket:
            raise SystemExit(f"WASL_LISTEN={address} is taken or cannot be used; choose another.")
        self._server.start()
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)
        LOG.info("serving", extra={"listen": address})

    def stop(self, *, grace: float = _DRAIN_SECONDS) -> None:
        """Tells callers to go elsewhere, lets calls run on for `grace` seconds, then stops."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait()


def wait_for_signal() -> None:
    """Returns when the process is asked to end."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()
