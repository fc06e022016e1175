"""Requests with an Idempotency-Key: one effect and one answer, however often they come."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from chassis.database.tables import IdempotencyRow, JobFileRow, JobRow, OutboxRow
from chassis.resources.purge import purge
from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from services.contacts.tables.contact import ContactRow
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest, ListContactsRequest

OTHER_USER = "01900000-0000-7000-8000-000000000002"


@pytest.fixture
def contacts(start_service):
    return start_service(SERVICE)


def count(running, table) -> int:
    with running.session() as session:
        return session.scalar(select(func.count()).select_from(table))


def creation(name: str, **more) -> CreateContactRequest:
    return CreateContactRequest(contact=Contact(display_name=name), **more)


def test_a_hundred_parallel_requests_with_one_key_have_one_effect_and_one_answer(contacts):
    client = Client(contacts)
    # As many at once as a service takes before it refuses more (64).
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda _: client.create_contact(creation("Ada"), idempotency_key="one"), range(100)
            )
        )
    assert len(answers) == 100
    assert {answer.to_binary() for answer in answers} == {answers[0].to_binary()}
    assert count(contacts, ContactRow) == 1
    assert count(contacts, OutboxRow) == 1


def test_without_a_key_each_request_has_an_effect(contacts):
    client = Client(contacts)
    assert client.create_contact(creation("Ada")) != client.create_contact(creation("Ada"))
    assert count(contacts, ContactRow) == 2


def test_another_body_under_the_same_key_is_refused_and_changes_nothing(contacts):
    client = Client(contacts)
    first = client.create_contact(creation("Ada"), idempotency_key="one")
    refused = refusal(lambda: client.create_contact(creation("Bob"), idempotency_key="one"))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "IDEMPOTENCY_KEY_REUSED")
    assert client.create_contact(creation("Ada"), idempotency_key="one") == first
    assert [c.display_name for c in client.list_contacts(ListContactsRequest()).contacts] == ["Ada"]


def test_a_key_is_its_callers_own(contacts):
    mine = Client(contacts).create_contact(creation("Ada"), idempotency_key="one")
    theirs = Client(contacts, user_id=OTHER_USER).create_contact(
        creation("Bob"), idempotency_key="one"
    )
    assert mine.id != theirs.id


def test_a_refused_first_attempt_does_not_burn_the_key(contacts):
    client = Client(contacts)
    empty = CreateContactRequest(contact=Contact())
    assert refusal(lambda: client.create_contact(empty, idempotency_key="one")).reason == (
        "INVALID_FIELD"
    )
    assert client.create_contact(creation("Ada"), idempotency_key="one").display_name == "Ada"


def test_a_dry_run_does_not_burn_the_key(contacts):
    client = Client(contacts)
    client.create_contact(creation("Ada", validate_only=True), idempotency_key="one")
    assert count(contacts, ContactRow) == 0
    assert count(contacts, IdempotencyRow) == 0
    client.create_contact(creation("Ada"), idempotency_key="one")
    assert count(contacts, ContactRow) == 1


def test_a_repeated_upload_is_the_first_ones_job(contacts):
    client = Client(contacts)
    data = b"displayName\nAda\n"

    def send(data: bytes = data):
        return client.upload("import_contacts", data, idempotency_key="one")

    first = send()
    with ThreadPoolExecutor(10) as pool:
        again = list(pool.map(lambda _: send(), range(10)))
    assert {job.id for job in again} == {first.id}
    assert count(contacts, JobRow) == 1
    assert count(contacts, JobFileRow) == 1
    assert refusal(lambda: send(b"displayName\nBob\n")).reason == "IDEMPOTENCY_KEY_REUSED"
    assert count(contacts, JobRow) == 1


def test_a_key_is_forgotten_after_a_day(contacts):
    client = Client(contacts)
    client.create_contact(creation("Ada"), idempotency_key="one")
    purge(contacts.runtime)
    assert count(contacts, IdempotencyRow) == 1
    with contacts.session() as session:
        session.execute(
            IdempotencyRow.__table__.update().values(
                create_time=func.now() - func.make_interval(0, 0, 0, 0, 25)
            )
        )
    purge(contacts.runtime)
    assert count(contacts, IdempotencyRow) == 0
