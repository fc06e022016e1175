"""Fakes of two services, behind a real gRPC server on a Unix socket."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.api.httpbody_pb import HttpBody
from protobuf import Oneof
from protobuf.wkt import Timestamp

from chassis.errors import WaslError
from chassis.grpc.status import trailing_metadata
from wasl.contacts.v1 import contact_service_pb as requests
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb_grpc import ContactServiceServiceSync
from wasl.identity.v1.credential_service_pb import (
    ResolveCredentialRequest,
    ResolveCredentialResponse,
)
from wasl.identity.v1.credential_service_pb_grpc import CredentialServiceServiceSync
from wasl.identity.v1.session_service_pb_grpc import SessionServiceServiceSync
from wasl.platform.v1.imports_pb import ImportChunk
from wasl.platform.v1.job_pb import Job

GOOD_KEY = "wasl_1_secret"
CONTACT_ID = "0198f3a2-0000-7000-8000-000000000001"
SERVING = b"\x08\x01"


class FakeServices:
    """Contacts and identity: what they were asked, and how they shall answer."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.metadata: list[dict[str, str]] = []
        self.resolved: list[str] = []
        self.kinds: list[str] = []
        # The secrets that are worth something.
        self.good = {GOOD_KEY}
        self.pieces: list[int] = []
        self.options: Any = None
        self.fail: Exception | None = None
        self.break_download = False
        self.download_ended = threading.Event()
        self.resolve_delay = threading.Event()
        self.health = SERVING

    def note(self, request: Any, context: grpc.ServicerContext) -> None:
        """Remembers a call, and lets it fail when the test says so."""
        self.asked.append(request)
        self.metadata.append({str(key): str(value) for key, value in context.invocation_metadata()})
        if isinstance(self.fail, WaslError):
            context.set_trailing_metadata(trailing_metadata(self.fail))
            context.abort(self.fail.code, self.fail.message)
        if self.fail is not None:
            raise self.fail


def a_contact(name: str = "Sara Ahmadi") -> Contact:
    """A contact as the service answers it."""
    return Contact(
        id=CONTACT_ID, etag="7", display_name=name, create_time=Timestamp(seconds=1_700_000_000)
    )


def contact_service(fake: FakeServices) -> ContactServiceServiceSync:
    """Contacts, as far as the gateway's tests go."""

    class Contacts(ContactServiceServiceSync):
        def get_contact(
            self, request: requests.GetContactRequest, context: grpc.ServicerContext
        ) -> Contact:
            fake.note(request, context)
            return a_contact()

        def list_contacts(
            self, request: requests.ListContactsRequest, context: grpc.ServicerContext
        ) -> requests.ListContactsResponse:
            fake.note(request, context)
            return requests.ListContactsResponse(contacts=[a_contact()], next_page_token="more")

        def batch_get_contacts(
            self, request: requests.BatchGetContactsRequest, context: grpc.ServicerContext
        ) -> requests.BatchGetContactsResponse:
            fake.note(request, context)
            return requests.BatchGetContactsResponse(contacts=[a_contact()])

        def create_contact(
            self, request: requests.CreateContactRequest, context: grpc.ServicerContext
        ) -> Contact:
            fake.note(request, context)
            return a_contact()

        def update_contact(
            self, request: requests.UpdateContactRequest, context: grpc.ServicerContext
        ) -> Contact:
            fake.note(request, context)
            return a_contact()

        def delete_contact(
            self, request: requests.DeleteContactRequest, context: grpc.ServicerContext
        ) -> Contact:
            fake.note(request, context)
            return a_contact()

        def undelete_contact(
            self, request: requests.UndeleteContactRequest, context: grpc.ServicerContext
        ) -> Contact:
            fake.note(request, context)
            return a_contact()

        def import_contacts(
            self, request_iterator: Iterator[ImportChunk], context: grpc.ServicerContext
        ) -> Job:
            for chunk in request_iterator:
                match chunk.part:
                    case Oneof(field="options", value=value):
                        fake.options = value
                    case Oneof(field="data", value=bytes() as value):
                        fake.pieces.append(len(value))
            fake.note(None, context)
            return Job(id="1", kind="contacts.contacts.import", state=Job.State.QUEUED)

        def export_contacts(
            self, request: requests.ExportContactsRequest, context: grpc.ServicerContext
        ) -> Iterator[HttpBody]:
            context.add_callback(fake.download_ended.set)
            fake.note(request, context)
            yield HttpBody(content_type="text/csv; charset=utf-8", data=b"displayName\n")
            for number in range(3):
                yield HttpBody(data=f"person {number}\n".encode())
            if fake.break_download:
                raise RuntimeError("the disk is gone")

    return Contacts()


def credential_service(fake: FakeServices) -> CredentialServiceServiceSync:
    """Identity, as far as the gateway needs it."""

    class Credentials(CredentialServiceServiceSync):
        def resolve_credential(
            self, request: ResolveCredentialRequest, context: grpc.ServicerContext
        ) -> ResolveCredentialResponse:
            sent = request.credential
            assert sent is not None
            fake.resolved.append(str(sent.value))
            fake.kinds.append(sent.field)
            fake.resolve_delay.wait(0.05)
            fake.metadata.append(
                {str(key): str(value) for key, value in context.invocation_metadata()}
            )
            if sent.value not in fake.good:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "unknown key")
            return ResolveCredentialResponse(token="internal-token")

    return Credentials()


def serve(
    fake: FakeServices, folder: Path, sessions: SessionServiceServiceSync
) -> Callable[[], None]:
    """Starts both services on sockets `<folder>/<service>.sock`; returns what stops them."""
    servers = []
    for name in ("contacts", "identity", "sales", "reporting"):
        server = grpc.server(ThreadPoolExecutor(8))
        server.add_generic_rpc_handlers((_Health(fake),))
        if name == "contacts":
            contact_service(fake).add_to_server(server)
        if name == "identity":
            credential_service(fake).add_to_server(server)
            sessions.add_to_server(server)
        server.add_insecure_port(f"unix:{folder}/{name}.sock")
        server.start()
        servers.append(server)

    def stop() -> None:
        for server in servers:
            server.stop(0).wait()

    return stop


class _Health(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, fake: FakeServices) -> None:
        self._fake = fake

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Answers `grpc.health.v1.Health/Check` and nothing else."""
        if details.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._fake.health)
