"""What a caller is told while a part is down, and that it is over when the part is back."""

import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from sqlalchemy import text

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from services.sales.service import SERVICE as SALES
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import (
    CreateContactRequest,
    GetContactRequest,
    ListContactsRequest,
    UpdateContactRequest,
)
from wasl.sales.v1.opportunity_pb import Opportunity
from wasl.sales.v1.opportunity_service_pb import CreateOpportunityRequest


@pytest.fixture
def running(start_service):
    return start_service(SERVICE)


@pytest.fixture
def client(running):
    return Client(running)


@contextmanager
def database_down(running, postgres_server):
    """No connection is taken and all that were there are cut."""
    name = running.runtime.engine.url.database
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        yield
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def creation(name: str) -> CreateContactRequest:
    return CreateContactRequest(contact=Contact(display_name=name))


def test_without_its_database_a_service_asks_to_come_back_and_needs_no_restart(
    running, client, postgres_server
):
    made = client.create_contact(creation("Ada"))
    calls = (
        lambda: client.get_contact(GetContactRequest(id=made.id)),
        lambda: client.list_contacts(ListContactsRequest()),
        lambda: client.create_contact(creation("Bob")),
    )
    with database_down(running, postgres_server):
        for call in calls:
            refused = refusal(call)
            assert (refused.code, refused.reason) == ("UNAVAILABLE", "DATABASE_DOWN")
            assert refused.retry_after > 0
    for call in calls:
        call()
    assert len(client.list_contacts(ListContactsRequest()).contacts) == 2


def test_a_cut_connection_costs_no_request(running, client, postgres_server):
    made = client.create_contact(creation("Ada"))
    for _ in range(3):
        with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (running.runtime.engine.url.database,),
            )
        time.sleep(0.05)
        assert client.get_contact(GetContactRequest(id=made.id)) == made


def test_a_question_that_takes_too_long_is_cut_off(running, client, postgres_server):
    client.create_contact(creation("Ada"))
    url = running.runtime.engine.url
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        # Stronger than the role's own, and for this database only.
        connection.execute(
            f'ALTER ROLE "{url.username}" IN DATABASE "{url.database}" SET statement_timeout = 100'
        )
    running.runtime.engine.dispose()
    with running.runtime.direct_engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE"))
        refused = refusal(lambda: client.list_contacts(ListContactsRequest()))
    assert (refused.code, refused.reason) == ("UNAVAILABLE", "TOO_SLOW")
    assert refused.retry_after > 0
    assert len(client.list_contacts(ListContactsRequest()).contacts) == 1


def test_a_record_that_somebody_else_is_changing_is_a_conflict(running, client):
    made = client.create_contact(creation("Ada"))
    change = UpdateContactRequest(contact=Contact(id=made.id, etag=made.etag, job_title="Countess"))
    with running.runtime.direct_engine.connect() as blocker:
        blocker.execute(text("SELECT 1 FROM contact FOR UPDATE"))
        refused = refusal(lambda: client.update_contact(change))
    assert (refused.code, refused.reason) == ("ABORTED", "CONFLICT")
    assert client.update_contact(change).job_title == "Countess"


def test_when_all_connections_are_busy_a_caller_is_told_so_within_seconds(running, client):
    size = running.runtime.settings.threads
    with ExitStack() as busy:
        for _ in range(size):
            busy.enter_context(running.runtime.engine.connect())
        began = time.monotonic()
        refused = refusal(lambda: client.list_contacts(ListContactsRequest()))
    # The client tries UNAVAILABLE three times, and each waits for two seconds.
    assert time.monotonic() - began < 10
    assert (refused.code, refused.reason) == ("UNAVAILABLE", "OVERLOADED")
    assert refused.retry_after > 0
    client.list_contacts(ListContactsRequest())


def test_a_service_that_needs_another_one_says_that_it_is_down(start_service):
    sales = Client(start_service(SALES))
    deal = Opportunity(name="Deal", company_id="01900000-0000-7000-8000-000000000009")
    refused = refusal(lambda: sales.create_opportunity(CreateOpportunityRequest(opportunity=deal)))
    assert (refused.code, refused.reason) == ("UNAVAILABLE", "DEPENDENCY_DOWN")
    assert refused.retry_after > 0


def test_a_stranger_never_reads_what_broke(running, client):
    with running.session() as session:
        session.execute(text("ALTER TABLE contact RENAME COLUMN notes TO secret_notes"))
    refused = refusal(lambda: client.list_contacts(ListContactsRequest()))
    assert refused.code == "INTERNAL"
    assert "notes" not in refused.message
    with running.session() as session:
        session.execute(text("ALTER TABLE contact RENAME COLUMN secret_notes TO notes"))
