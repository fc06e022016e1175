"""Audited calls leave a trail beside their events, in the transaction of what they did."""

import json
from typing import Any

import grpc
import pytest
from protobuf.wkt import FieldMask
from sqlalchemy import select

from chassis.database.tables import OutboxRow
from chassis.testing.client import Client, refusal
from chassis.testing.running import USER, RunningService
from services.contacts.service import SERVICE
from tests.integration.chassis.importing import Imports
from tests.integration.chassis.listening import eventually
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import (
    CreateContactRequest,
    DeleteContactRequest,
    ExportContactsRequest,
    GetContactRequest,
    UpdateContactRequest,
)

MISSING = "01900000-0000-7000-8000-00000000dead"


@pytest.fixture
def contacts(start_service) -> RunningService:
    return start_service(SERVICE)


def trails(running: RunningService) -> list[tuple[str, dict[str, Any] | None]]:
    """Keys and trails of all that waits in the outbox, the oldest first."""
    with running.session() as session:
        rows = session.execute(
            select(OutboxRow.key, OutboxRow.audit).order_by(OutboxRow.sequence)
        ).all()
    return [(key, json.loads(audit) if audit else None) for key, audit in rows]


def client_from(running: RunningService, *more: tuple[str, str], **claims: Any) -> Client:
    metadata = running.metadata(cred="session:5", **claims)
    return Client(running, metadata=(*metadata, *more))


def creation(name: str = "Ada", **fields: Any) -> CreateContactRequest:
    return CreateContactRequest(contact=Contact(display_name=name), **fields)


def test_a_write_tells_who_did_it_and_from_where(contacts):
    internal = contacts.runtime.credential.metadata()
    client = client_from(
        contacts,
        *internal,
        ("x-wasl-address", "192.0.2.7"),
        ("x-wasl-agent", "Firefox"),
        ("x-request-id", "r-1"),
    )
    client.create_contact(creation())
    ((key, trail),) = trails(contacts)
    assert key == "contacts.contact.created"
    assert trail == {
        "method": "CreateContact",
        "service": "contacts",
        "userId": USER,
        "credential": "session:5",
        "outcome": "OK",
        "address": "192.0.2.7",
        "userAgent": "Firefox",
        "requestId": "r-1",
        "subject": "",
    }


@pytest.mark.parametrize("credential", [None, "", "forged", "a.b.c"])
def test_an_address_is_believed_only_of_a_wasl_process(contacts, credential):
    more = [("x-wasl-address", "192.0.2.7"), ("x-wasl-agent", "Firefox")]
    if credential is not None:
        more.append(("x-wasl-internal", credential))
    client_from(contacts, *more).create_contact(creation())
    ((_, trail),) = trails(contacts)
    # Over a Unix socket nobody has an address.
    assert (trail["address"], trail["userAgent"]) == ("", "")


def test_what_nobody_asks_about_has_no_trail(contacts):
    made = client_from(contacts).create_contact(creation())
    client_from(contacts).get_contact(GetContactRequest(id=made.id))
    assert [key for key, _ in trails(contacts)] == ["contacts.contact.created"]


def test_a_call_that_changes_nothing_is_told_by_itself(contacts):
    client = client_from(contacts)
    made = client.create_contact(creation())
    same = UpdateContactRequest(
        contact=Contact(id=made.id, etag=made.etag, display_name="Ada"),
        update_mask=FieldMask(paths=["display_name"]),
    )
    client.update_contact(same)
    client.download("export_contacts", ExportContactsRequest(filter="tags:vip"))
    told = trails(contacts)[1:]
    assert [key for key, _ in told] == ["contacts.audit.recorded"] * 2
    assert [(trail["method"], trail["subject"]) for _, trail in told] == [
        ("UpdateContact", f'{{"id":"{made.id}"}}'),
        ("ExportContacts", '{"filter":"tags:vip"}'),
    ]


def test_a_dry_run_and_a_repeated_request_did_nothing(contacts):
    client = client_from(contacts)
    client.create_contact(creation(validate_only=True))
    assert trails(contacts) == []
    for _ in range(3):
        client.create_contact(creation(), idempotency_key="one")
    assert len(trails(contacts)) == 1


@pytest.mark.parametrize(
    ("grant", "outcome"),
    [
        ("contacts.contacts.get", "PERMISSION_DENIED"),
        ("*", "NOT_FOUND"),
    ],
)
def test_a_refusal_is_told_too(contacts, grant, outcome):
    client = Client(contacts, metadata=contacts.metadata(grant, cred="apiKey:7"))
    request = DeleteContactRequest(id=MISSING, etag="1")
    assert refusal(lambda: client.delete_contact(request)).code == outcome
    ((key, trail),) = trails(contacts)
    assert key == "contacts.audit.recorded"
    assert (trail["method"], trail["outcome"], trail["userId"], trail["credential"]) == (
        "DeleteContact",
        outcome,
        USER,
        "apiKey:7",
    )


def test_an_old_etag_is_told_and_what_is_wrong_by_itself_is_not(contacts):
    client = client_from(contacts)
    made = client.create_contact(creation())
    stale = DeleteContactRequest(id=made.id, etag="7")
    assert refusal(lambda: client.delete_contact(stale)).reason == "ETAG_MISMATCH"
    assert trails(contacts)[-1][1]["outcome"] == "ABORTED"
    count = len(trails(contacts))
    assert refusal(lambda: client.create_contact(CreateContactRequest())).code == "INVALID_ARGUMENT"
    assert len(trails(contacts)) == count


def test_callers_without_a_credential_cannot_fill_the_disk(contacts):
    nobody = Client(contacts, metadata=())
    for _ in range(50):
        assert refusal(lambda: nobody.create_contact(creation())).code == "UNAUTHENTICATED"
    assert len(trails(contacts)) == 30


def test_an_export_that_is_broken_off_is_told(contacts):
    client = client_from(contacts)
    client.create_contact(creation())
    call = client.export_contacts(ExportContactsRequest())
    next(call)
    call.cancel()
    with pytest.raises(grpc.RpcError):
        list(call)
    # Whether it had ended when the client went away or not, there is an entry.
    told = eventually(lambda: [trail for _, trail in trails(contacts)[1:]])
    assert [trail["method"] for trail in told] == ["ExportContacts"]
    assert told[0]["outcome"] in ("OK", "CANCELLED")


def test_an_import_is_told_and_so_are_its_batches(start_service):
    running = start_service(SERVICE, works=False)
    imports = Imports(running)
    imports("contacts", "displayName\nAda\nGrace\n")
    (first, uploaded), (second, batch) = trails(running)
    assert (first, second) == ("contacts.audit.recorded", "contacts.contact.created")
    assert uploaded["method"] == batch["method"] == "ImportContacts"
    assert json.loads(uploaded["subject"])["jobId"]
    assert batch["userId"] == USER
