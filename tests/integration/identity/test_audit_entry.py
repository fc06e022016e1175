"""The audit log: who did what is written once, can be found, and cannot be changed unnoticed."""

import argparse
import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from protobuf.wkt import FieldMask
from sqlalchemy import event, select, text

from chassis.events.consumer import Consumer
from chassis.testing.client import Client, refusal
from chassis.testing.running import USER
from services.contacts.service import SERVICE as CONTACTS
from services.identity.events import LISTENERS
from services.identity.rules.audit_entry import append_entries
from services.identity.rules.audit_keys import make_seals
from services.identity.service import SERVICE as IDENTITY
from services.identity.tables.audit_entry import AuditEntryRow
from services.identity.verbs import VERBS
from tests.integration.chassis.importing import Imports
from tests.integration.chassis.listening import eventually
from wasl.contacts.v1.contact_pb import Contact, EmailAddress
from wasl.contacts.v1.contact_service_pb import (
    CreateContactRequest,
    DeleteContactRequest,
    ExportContactsRequest,
    UpdateContactRequest,
)
from wasl.identity.v1.audit_entry_service_pb import (
    ExportAuditEntriesRequest,
    GetAuditEntryRequest,
    ListAuditEntriesRequest,
)

KEY = "a key of the tests that has more than thirty-two letters"
MISSING = "01900000-0000-7000-8000-00000000dead"


class Log:
    """The audit log of a running identity."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.client = Client(running, "identity.auditEntries.*")

    def entries(self, filter_: str = "", **more: Any) -> list[Any]:
        """The entries of a page, the newest first."""
        request = ListAuditEntriesRequest(filter=filter_, **more)
        return list(self.client.list_audit_entries(request).audit_entries)

    def wait_for(self, count: int, filter_: str = "") -> list[Any]:
        """So many entries, the oldest first."""
        return eventually(
            lambda: found[::-1] if len(found := self.entries(filter_)) >= count else None
        )

    def verify(self, *arguments: str) -> tuple[int, str]:
        """What `audit verify` ends with and says."""
        verb = VERBS[0]
        parser = argparse.ArgumentParser()
        verb.arguments(parser)
        said: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout.write", said.append)
            code = verb.run(self.running.runtime, parser.parse_args(["verify", *arguments]))
        return code, "".join(said)

    def tamper(self, statement: str) -> None:
        """Does to the table what somebody with the password of the database could."""
        with self.running.session() as session:
            session.execute(text(statement))


@pytest.fixture
def suite(start_service: Callable[..., Any]) -> tuple[Log, Any]:
    """contacts, and identity that hears of it."""
    log = Log(start_service(IDENTITY, works=True))
    contacts = start_service(CONTACTS, works=True)
    return log, contacts


def ada() -> Contact:
    return Contact(
        display_name="Ada Lovelace",
        job_title="Analyst",
        emails=[EmailAddress(address="ada@wasl.example")],
    )


def test_who_did_what_is_in_the_log(suite):
    log, contacts = suite
    client = Client(contacts, metadata=contacts.metadata(cred="session:5"))
    made = client.create_contact(CreateContactRequest(contact=ada()))
    changed = client.update_contact(
        UpdateContactRequest(
            contact=Contact(
                id=made.id, etag=made.etag, job_title="Countess", display_name="Ada King"
            ),
            update_mask=FieldMask(paths=["job_title", "display_name"]),
        )
    )
    client.delete_contact(DeleteContactRequest(id=made.id, etag=changed.etag))
    client.download("export_contacts", ExportContactsRequest(filter="tags:vip"))
    Imports(contacts)("contacts", "displayName\nGrace\nAlan\n")
    assert (
        refusal(lambda: client.delete_contact(DeleteContactRequest(id=MISSING, etag="1"))).code
        == "NOT_FOUND"
    )
    entries = log.wait_for(7)
    assert [(entry.method, entry.outcome) for entry in entries] == [
        ("CreateContact", "OK"),
        ("UpdateContact", "OK"),
        ("DeleteContact", "OK"),
        ("ExportContacts", "OK"),
        ("ImportContacts", "OK"),
        ("ImportContacts", "OK"),
        ("DeleteContact", "NOT_FOUND"),
    ]
    created, updated, deleted, exported, uploaded, imported, refused = entries
    assert {entry.user_id for entry in entries} == {USER}
    assert created.credential == "session:5"
    (change,) = created.changes
    assert (change.resource, change.record_id, change.verb) == (
        "contacts.contacts",
        made.id,
        "created",
    )
    (change,) = updated.changes
    assert json.loads(change.before)["jobTitle"] != json.loads(change.after)["jobTitle"]
    assert set(json.loads(change.after)) == {"jobTitle", "displayName"}
    assert [change.verb for change in deleted.changes] == ["deleted"]
    assert json.loads(exported.subject) == {"filter": "tags:vip"}
    assert "jobId" in json.loads(uploaded.subject)
    assert [(change.verb, change.after) for change in imported.changes] == [("created", "")] * 2
    assert json.loads(refused.subject) == {"id": MISSING}
    with log.running.session() as session:
        whole = " ".join(str(row) for row in session.execute(text("SELECT * FROM audit_entry")))
    for personal in ("Lovelace", "Ada", "King", "ada@", "Grace", "Alan"):
        assert personal not in whole
    assert log.verify()[0] == 0


def test_the_log_tells_of_reads_of_itself(suite):
    log, _ = suite
    log.client.download("export_audit_entries", ExportAuditEntriesRequest())
    (entry,) = log.wait_for(1)
    assert (entry.service, entry.method) == ("identity", "ExportAuditEntries")


def add(log: Log, *entries: AuditEntryRow, day: datetime.date) -> None:
    with log.running.session() as session:
        known = make_seals(log.running.runtime.settings.audit_key)
        append_entries(session, entries, known=known, today=day)


def entry(number: int, **fields: Any) -> AuditEntryRow:
    known: dict[str, Any] = {
        "id": f"01900000-0000-7000-8000-{number:012}",
        "time": datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC),
        "user_id": USER,
        "credential": "session:5",
        "method": "UpdateContact",
        "service": "contacts",
        "outcome": "OK",
        "address": "192.0.2.7",
        "user_agent": "Firefox",
        "request_id": f"r{number}",
        "subject": "",
        "changes": [],
        "resources": [],
        "record_ids": [],
    }
    return AuditEntryRow(**(known | fields))


FIRST = datetime.date(2026, 1, 1)


@pytest.fixture
def log(start_service: Callable[..., Any]) -> Log:
    """Three days of twenty entries."""
    made = Log(start_service(IDENTITY, audit_key=KEY))
    for offset in range(3):
        numbers = range(20 * offset, 20 * offset + 20)
        day = FIRST + datetime.timedelta(days=offset)
        add(made, *(entry(number, method=f"Method{number}") for number in numbers), day=day)
    return made


def test_what_was_written_is_as_it_was_written(log):
    code, said = log.verify()
    assert code == 0
    assert said.startswith("The audit log is as it was written; its last entry is 20 of 2026-01-03")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET user_id = 'mallory' WHERE request_id = 'r7'",
        "UPDATE audit_entry SET outcome = 'OK ' WHERE request_id = 'r59'",
        "UPDATE audit_entry SET time = time + interval '1 microsecond' WHERE request_id = 'r7'",
        "UPDATE audit_entry SET changes = '[{\"verb\": \"x\"}]' WHERE request_id = 'r7'",
        "UPDATE audit_entry SET record_ids = '{x}' WHERE request_id = 'r7'",
        "DELETE FROM audit_entry WHERE request_id = 'r7'",
        "DELETE FROM audit_entry WHERE request_id = 'r19'",
        "DELETE FROM audit_entry WHERE request_id = 'r59'",
        "DELETE FROM audit_entry WHERE day = '2026-01-02'",
        "DELETE FROM audit_entry WHERE day = '2026-01-03'",
        "DELETE FROM audit_day WHERE day = '2026-01-03'",
        (
            "WITH gone AS (DELETE FROM audit_entry WHERE day = '2026-01-02')"
            " DELETE FROM audit_day WHERE day = '2026-01-02'"
        ),
        "UPDATE audit_entry SET number = -number WHERE request_id IN ('r7', 'r8')",
        "UPDATE audit_day SET count = 19 WHERE day = '2026-01-03'",
        "UPDATE audit_entry SET day = '2026-01-04' WHERE request_id = 'r59'",
        (
            "INSERT INTO audit_entry SELECT gen_random_uuid(), time, user_id, credential, method,"
            " service, outcome, address, user_agent, request_id, subject, changes, day, number + 1,"
            " hash, resources, record_ids FROM audit_entry WHERE request_id = 'r59'"
        ),
    ],
)
def test_what_is_done_to_the_table_is_found(statement, log):
    log.tamper(statement)
    code, said = log.verify()
    assert code == 1
    assert said.endswith("findings: the audit log is not as it was written.\n")


def test_a_hash_that_was_noted_tells_that_the_end_was_cut_off(log):
    (newest,) = log.entries(page_size=1)
    assert log.verify("--head", newest.hash)[0] == 0
    log.tamper("DELETE FROM audit_entry WHERE day = '2026-01-03'")
    log.tamper("DELETE FROM audit_day WHERE day = '2026-01-03'")
    assert log.verify()[0] == 0
    code, said = log.verify("--head", newest.hash)
    assert code == 1
    assert "is not in the log" in said


def test_a_day_can_be_verified_by_itself(log):
    log.tamper("UPDATE audit_entry SET user_id = 'mallory' WHERE request_id = 'r7'")
    assert log.verify("--day", "2026-01-02")[0] == 0
    assert log.verify("--day", "2026-01-01")[0] == 1


def test_an_entry_is_written_once_and_never_behind_what_is_sealed(log):
    add(log, entry(59), entry(60), entry(60), day=FIRST)
    newest, before = log.entries(page_size=2)
    assert (newest.id[-2:], newest.day, newest.number) == ("60", "2026-01-03", 21)
    assert before.id[-2:] == "59"
    assert log.verify()[0] == 0


def test_pages_join_to_the_whole_log(log):
    seen, token = [], ""
    while True:
        page = log.client.list_audit_entries(ListAuditEntriesRequest(page_size=7, page_token=token))
        seen += [entry.request_id for entry in page.audit_entries]
        token = page.next_page_token
        if not token:
            break
    assert seen == [f"r{number}" for number in reversed(range(60))]
    other = ListAuditEntriesRequest(page_token=token or "x", filter="outcome = OK")
    assert refusal(lambda: log.client.list_audit_entries(other)).reason == "INVALID_PAGE_TOKEN"


def test_a_page_asks_the_database_once_however_long_it_is(log):
    asked: list[str] = []

    def note(*told: Any) -> None:
        asked.append(told[2])

    event.listen(log.running.runtime.engine, "before_cursor_execute", note)
    for size in (1, 50):
        assert len(log.entries(page_size=size)) == size
    event.remove(log.running.runtime.engine, "before_cursor_execute", note)
    assert len(asked) == 2


def test_entries_are_found_by_what_is_known_of_them(log):
    change = {"resource": "sales.pipelines", "recordId": MISSING, "verb": "updated"}
    fields = {"changes": [change], "resources": ["sales.pipelines"], "record_ids": [MISSING]}
    add(log, entry(70, outcome="NOT_FOUND", user_id="", **fields), day=FIRST)
    for filter_, count in (
        (f'recordId = "{MISSING}"', 1),
        (f'record_id:"{MISSING}"', 1),
        (f'recordId != "{MISSING}"', 50),
        ('resource = "sales.pipelines"', 1),
        ('outcome = "NOT_FOUND"', 1),
        (f'userId = "{USER}"', 50),
        ('method = "Method7" OR method = "Method8"', 2),
        ('requestId = "r7"', 1),
        ('address = "192.0.2.7" AND time >= "2026-01-02T00:00:00Z"', 0),
        ('credential = "session:5" AND service = "contacts"', 50),
    ):
        assert len(log.entries(filter_)) == count, filter_
    for filter_ in ("nothing = 1", "userId", "changes:*"):
        refused = refusal(lambda filter_=filter_: log.entries(filter_))
        assert refused.reason == "INVALID_FILTER"


def test_one_entry_and_a_file_of_all(log):
    (newest,) = log.entries(page_size=1)
    assert log.client.get_audit_entry(GetAuditEntryRequest(id=newest.id)) == newest
    assert (
        refusal(lambda: log.client.get_audit_entry(GetAuditEntryRequest(id=MISSING))).code
        == "NOT_FOUND"
    )
    lines = log.client.download("export_audit_entries", ExportAuditEntriesRequest()).splitlines()
    assert len(lines) == 61
    assert lines[0].decode("utf-8-sig").startswith("time,userId,credential,method")


def test_a_page_asks_the_index_and_not_the_table(log):
    with log.running.session() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        for where in (
            "user_id = 'x'",
            f"record_ids @> ARRAY['{MISSING}']",
            "time > now()",
            "request_id = 'x'",
        ):
            plan = session.execute(
                text(f"EXPLAIN SELECT 1 FROM audit_entry WHERE {where}")
            ).scalars()
            assert "Seq Scan" not in " ".join(plan)


@pytest.mark.parametrize("with_inbox", [True, False])
def test_an_entry_is_written_once_however_often_it_is_delivered(log, with_inbox):
    # Even without the inbox: the entry's id is that of the event.
    consumer = Consumer(LISTENERS[0], log.running.runtime)
    consumer.use_inbox = with_inbox
    headers = {
        "cloudEvents:type": "contacts.audit.recorded",
        "cloudEvents:time": "2026-01-05T00:00:00+00:00",
        "cloudEvents:waslaudit": json.dumps({"method": "ExportContacts", "service": "contacts"}),
    }
    told = consumer._read(headers, MISSING, b"")
    for _ in range(3):
        consumer._apply([told])
    assert len(log.entries('method = "ExportContacts"')) == 1
    with log.running.session() as session:
        assert session.scalar(select(AuditEntryRow.number).order_by(AuditEntryRow.id.desc()))


@pytest.mark.slow
def test_a_hundred_thousand_entries_are_verified_within_half_a_minute(start_service):
    log = Log(start_service(IDENTITY, audit_key=KEY))
    change = {
        "resource": "contacts.contacts",
        "recordId": MISSING,
        "verb": "updated",
        "before": '{"jobTitle":"Analyst"}',
        "after": '{"jobTitle":"Countess"}',
    }
    for start in range(0, 100_000, 1000):
        numbers = range(start, start + 1000)
        day = FIRST + datetime.timedelta(days=start // 10_000)
        written = (
            entry(n, changes=[change], resources=["contacts.contacts"], record_ids=[MISSING])
            for n in numbers
        )
        add(log, *written, day=day)
    began, worked = time.perf_counter(), time.process_time()
    code, said = log.verify()
    seconds = time.perf_counter() - began
    print(
        f"100,000 entries verified in {seconds:.1f} s, {time.process_time() - worked:.1f} of work"
    )
    assert (code, "10000 of 2026-01-10" in said) == (0, True)
    assert seconds < 30
