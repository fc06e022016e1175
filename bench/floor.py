"""The floor: the same libraries and the same way of a request, with no feature at all.

A Flask route on gunicorn, one gRPC call, one ORM-free SELECT, protobuf to JSON. No credential, no
scope, no validation, no metrics: what the product is compared with, in the same run.

    python -m bench.floor serve GRPC_ADDRESS DATABASE_URL
    python -m bench.floor gateway PORT GRPC_ADDRESS
"""

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from flask import Flask, Response
from gunicorn.app.base import BaseApplication
from protobuf.wkt import Timestamp
from sqlalchemy import create_engine, text

from wasl.contacts.v1.contact_pb import Contact, EmailAddress, PhoneNumber
from wasl.contacts.v1.contact_service_pb import (
    GetContactRequest,
    ListContactsRequest,
    ListContactsResponse,
)
from wasl.contacts.v1.contact_service_pb_grpc import (
    ContactServiceClientSync,
    ContactServiceServiceSync,
)

# The same columns and the same JSON as the product's, so that only its features differ.
COLUMNS = (
    "id::text, version, create_time, update_time, display_name, given_name, family_name, "
    "honorific, job_title, company_id::text, emails, phones, owner_id::text, "
    "preferred_language, tags, notes"
)


class Floor(ContactServiceServiceSync):
    """Get and List, straight from the table."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"),
            pool_size=16,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",
        )

    def get_contact(self, request: GetContactRequest, _context: grpc.ServicerContext) -> Contact:
        """One contact by id."""
        with self._engine.connect() as connection:
            statement = text(f"SELECT {COLUMNS} FROM contact WHERE id = :id")
            return _contact(connection.execute(statement, {"id": request.id}).one())

    def list_contacts(
        self, request: ListContactsRequest, _context: grpc.ServicerContext
    ) -> ListContactsResponse:
        """The newest contacts."""
        with self._engine.connect() as connection:
            statement = text(f"SELECT {COLUMNS} FROM contact ORDER BY id DESC LIMIT :limit")
            rows = connection.execute(statement, {"limit": request.page_size})
            return ListContactsResponse(contacts=[_contact(row) for row in rows])


def _contact(row: Any) -> Contact:
    return Contact(
        id=row[0],
        etag=str(row[1]),
        create_time=Timestamp.from_datetime(row[2]),
        update_time=Timestamp.from_datetime(row[3]),
        display_name=row[4],
        given_name=row[5],
        family_name=row[6],
        honorific=row[7],
        job_title=row[8],
        company_id=row[9] or "",
        emails=[EmailAddress(**email) for email in row[10]],
        phones=[PhoneNumber(**phone) for phone in row[11]],
        owner_id=row[12] or "",
        preferred_language=row[13],
        tags=row[14],
        notes=row[15],
    )


def serve(address: str, url: str) -> None:
    """The service, until it is told to stop."""
    server = grpc.server(ThreadPoolExecutor(16))
    Floor(url).add_to_server(server)
    server.add_insecure_port(address)
    server.start()
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    asked.wait()
    server.stop(1).wait()


def gateway(port: str, address: str) -> None:
    """The gateway: two workers of sixteen threads, as the product's."""
    app = Flask(__name__)
    stubs: list[ContactServiceClientSync] = []

    def stub() -> ContactServiceClientSync:
        if not stubs:
            stubs.append(ContactServiceClientSync(grpc.insecure_channel(address)))
        return stubs[0]

    @app.get("/v1/contacts/<id_>")
    def get(id_: str) -> Response:
        contact = stub().get_contact(GetContactRequest(id=id_), timeout=10)
        return Response(contact.to_json(always_emit_implicit=True), content_type="application/json")

    @app.get("/v1/contacts")
    def list_() -> Response:
        page = stub().list_contacts(ListContactsRequest(page_size=50), timeout=10)
        return Response(page.to_json(always_emit_implicit=True), content_type="application/json")

    class Program(BaseApplication):
        def load_config(self) -> None:
            for name, value in (
                ("bind", f"127.0.0.1:{port}"),
                ("worker_class", "gthread"),
                ("workers", 2),
                ("threads", 16),
                ("loglevel", "error"),
            ):
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    Program().run()


if __name__ == "__main__":
    {"serve": serve, "gateway": gateway}[sys.argv[1]](*sys.argv[2:])
