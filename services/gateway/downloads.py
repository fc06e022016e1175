"""Downloads: the stream of a server-streaming RPC of `google.api.HttpBody` → a file over HTTP."""

import logging
from collections.abc import Iterator

import grpc
from protobuf import Message

from services.gateway.client import Download
from services.gateway.contract import ContractError
from services.gateway.problems import Problem
from services.gateway.replies import Reply, stream_headers
from services.gateway.router import Route

_log = logging.getLogger("wasl.gateway")

EXTENSIONS = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/json": "json",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


def check_download(route: Route) -> None:
    """ContractError unless the RPC streams `google.api.HttpBody`."""
    if route.rpc.desc.output.type_name != "google.api.HttpBody":
        raise ContractError(f"{route.rpc.desc}: a streamed response must be google.api.HttpBody.")


def file_stem(route: Route) -> str:
    """`contacts` of `/v1/contacts:export`, `jobs-failures` of `/v1/sales/jobs/{id}:failures`."""
    path, _, verb = route.path.partition(":")
    names = [part for part in path.split("/") if part and not part.startswith("{")]
    return names[-1] if verb in ("", "export") else f"{names[-1]}-{verb}"


def download_reply(call: Download, *, stem: str, head: bool) -> Reply:
    """The file. What fails before its first part is raised, and becomes a problem."""
    first = next(iter(call), None)
    if first is None:
        raise Problem(500, "INTERNAL", "The service sent nothing.")
    content_type = getattr(first, "content_type", "") or "application/octet-stream"
    extension = EXTENSIONS.get(content_type.partition(";")[0].strip(), "bin")
    headers = stream_headers(content_type, filename=f"{stem}.{extension}")
    if head:
        call.cancel()
        return Reply(200, headers, ())
    return Reply(200, headers, _parts(first, call))


def _parts(first: Message, call: Download) -> Iterator[bytes]:
    try:
        yield getattr(first, "data", b"")
        for message in call:
            yield getattr(message, "data", b"")
    except grpc.RpcError:
        # Headers are gone; only a connection that breaks tells the client that this is not all.
        _log.exception("a download broke off")
        raise
    finally:
        # Also when the client has gone away: the service must not go on for nobody.
        call.cancel()
