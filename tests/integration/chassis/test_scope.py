"""Record scope: who sees and changes which records, however they ask."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from chassis.database import scope_events
from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from wasl.contacts.v1.company_pb import Company
from wasl.contacts.v1.company_service_pb import CreateCompanyRequest, GetCompanyRequest
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import (
    BatchGetContactsRequest,
    CreateContactRequest,
    DeleteContactRequest,
    ExportContactsRequest,
    GetContactRequest,
    ListContactsRequest,
    UndeleteContactRequest,
    UpdateContactRequest,
)
from wasl.platform.v1.access_service_pb import ExplainRecordAccessRequest
from wasl.platform.v1.share_pb import Share
from wasl.platform.v1.share_service_pb import (
    CreateShareRequest,
    DeleteShareRequest,
    ListSharesRequest,
)

ADA, BOB, EVE = (f"01900000-0000-7000-8000-00000000a00{n}" for n in (1, 2, 3))
EAST, WEST, NORTH = (f"01900000-0000-7000-8000-00000000b00{n}" for n in (1, 2, 3))
# Whose record it is: the owner and the team.
PLACES = {
    "own": (ADA, EAST),
    "own, in another team": (ADA, WEST),
    "team": (BOB, EAST),
    "below": (BOB, NORTH),
    "foreign": (EVE, WEST),
    "nobody's": (EVE, None),
}
SEEN = {
    "OWN": {"own", "own, in another team"},
    "TEAM": {"own", "own, in another team", "team"},
    "SUBTREE": {"own", "own, in another team", "team", "below"},
    "ALL": set(PLACES),
}


@pytest.fixture(scope="module")
def running(start_module_service):
    return start_module_service(SERVICE)


def as_ada(running, *grants: str, **claims) -> Client:
    """Ada works in East, and North is below it."""
    known = {"team": EAST, "teams": [EAST], "below": [EAST, NORTH]} | claims
    return Client(running, *grants, user_id=ADA, **known)


@pytest.fixture(scope="module")
def records(running) -> dict[str, Contact]:
    """A contact in every place; made in the database, as other people's work."""
    made = {}
    with running.session() as session:
        for place, (owner, team) in PLACES.items():
            row = SERVICE.resources[0].table(
                display_name=f"Person {place}",
                search_text=f" person {place} ",
                owner_id=owner,
                team_id=team,
            )
            session.add(row)
            session.flush()
            made[place] = SERVICE.resources[0].mapping.from_row(row)
    return made


def places(records, found) -> set[str]:
    by_id = {record.id: place for place, record in records.items()}
    return {by_id[one.id] for one in found if one.id in by_id}


@pytest.mark.parametrize("scope", SEEN)
def test_list_search_get_batch_and_export_show_the_same(running, records, scope):
    ada = as_ada(running, f"contacts.*:{scope}")
    listed = ada.list_contacts(ListContactsRequest(page_size=1000)).contacts
    assert places(records, listed) == SEEN[scope]
    counted = ada.list_contacts(ListContactsRequest(count_total=True))
    everybody = Client(running).list_contacts(ListContactsRequest(page_size=1000)).contacts
    extra = 0 if scope != "ALL" else len(everybody) - len(records)
    assert counted.total_size == len(SEEN[scope]) + extra
    found = ada.list_contacts(ListContactsRequest(q="person", page_size=1000)).contacts
    assert places(records, found) == SEEN[scope]
    table = ada.download("export_contacts", ExportContactsRequest()).decode("utf-8-sig")
    exported = {row["id"] for row in csv.DictReader(io.StringIO(table)) if row["id"]}
    assert {p for p, record in records.items() if record.id in exported} == SEEN[scope]
    for place, record in records.items():
        get = lambda record=record: ada.get_contact(GetContactRequest(id=record.id))  # noqa: E731
        batch = lambda record=record: ada.batch_get_contacts(  # noqa: E731
            BatchGetContactsRequest(ids=[record.id])
        )
        if place in SEEN[scope]:
            assert get().id == record.id
            assert batch().contacts[0].id == record.id
        else:
            for call in (get, batch):
                assert refusal(call).reason == "NOT_FOUND"


@pytest.mark.parametrize("scope", SEEN)
def test_a_record_out_of_scope_cannot_be_changed_and_looks_absent(running, records, scope):
    ada = as_ada(running, f"contacts.*:{scope}")
    for place, record in records.items():
        now = Client(running).get_contact(GetContactRequest(id=record.id))
        update = UpdateContactRequest(
            contact=Contact(id=record.id, etag=now.etag, job_title=f"seen by {scope}")
        )
        if place in SEEN[scope]:
            assert ada.update_contact(update).job_title == f"seen by {scope}"
            gone = ada.delete_contact(
                DeleteContactRequest(id=record.id, etag=str(int(now.etag) + 1))
            )
            assert gone.delete_time
            assert ada.undelete_contact(UndeleteContactRequest(id=record.id)).id == record.id
            continue
        for refused in (
            refusal(partial(ada.update_contact, update)),
            refusal(partial(ada.delete_contact, DeleteContactRequest(id=record.id, etag=now.etag))),
            refusal(partial(ada.undelete_contact, UndeleteContactRequest(id=record.id))),
        ):
            assert (refused.code, refused.reason) == ("NOT_FOUND", "NOT_FOUND")


def test_reading_may_reach_further_than_writing(running, records):
    ada = as_ada(running, "contacts.contacts.get:ALL", "contacts.contacts.update:OWN")
    theirs = records["team"]
    now = ada.get_contact(GetContactRequest(id=theirs.id))
    update = UpdateContactRequest(contact=Contact(id=theirs.id, etag=now.etag, job_title="x"))
    assert refusal(lambda: ada.update_contact(update)).reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("scope", "owner", "team", "may"),
    [
        ("OWN", ADA, "", True),
        ("OWN", BOB, EAST, False),
        ("TEAM", BOB, EAST, True),
        ("TEAM", BOB, NORTH, False),
        ("SUBTREE", BOB, NORTH, True),
        ("SUBTREE", BOB, WEST, False),
        ("ALL", EVE, WEST, True),
    ],
)
def test_a_record_is_made_only_within_the_scope(running, monkeypatch, scope, owner, team, may):
    references = running.runtime.references
    monkeypatch.setattr(references, "exists", lambda call, resource, id_: True)
    monkeypatch.setattr(references, "team_of", lambda call, user_id: None)
    ada = as_ada(running, f"contacts.contacts.create:{scope}")
    contact = Contact(display_name="New", owner_id=owner, team_id=team)
    request = CreateContactRequest(contact=contact)
    if may:
        assert ada.create_contact(request).owner_id == owner
    else:
        refused = refusal(lambda: ada.create_contact(request))
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "OUT_OF_SCOPE")


def test_a_new_record_belongs_to_its_maker_and_their_team(running):
    made = as_ada(running, "contacts.*:OWN").create_contact(
        CreateContactRequest(contact=Contact(display_name="Mine"))
    )
    assert (made.owner_id, made.team_id) == (ADA, EAST)


def test_what_is_referred_to_must_be_visible(running, records):
    company = Client(running, user_id=EVE).create_company(
        CreateCompanyRequest(company=Company(name="Eve's"))
    )
    ada = as_ada(running, "contacts.*:OWN")
    request = CreateContactRequest(contact=Contact(display_name="N", company_id=company.id))
    refused = refusal(lambda: ada.create_contact(request))
    absent = Contact(display_name="N", company_id=company.id[:-4] + "dead")
    unknown = refusal(lambda: ada.create_contact(CreateContactRequest(contact=absent)))
    assert (refused.code, refused.fields) == (unknown.code, unknown.fields)


# --- what these tests stand on -------------------------------------------------------------------


@contextmanager
def switched_off(what, name) -> Iterator[None]:
    """A session without one of its habits."""
    event.remove(Session, name, what)
    try:
        yield
    finally:
        event.listen(Session, name, what)


def test_without_the_condition_foreign_records_are_seen(running, records):
    ada = as_ada(running, "contacts.*:OWN")
    with switched_off(scope_events._add_scope, "do_orm_execute"):
        assert ada.get_contact(GetContactRequest(id=records["foreign"].id))
        listed = ada.list_contacts(ListContactsRequest(page_size=1000)).contacts
    assert places(records, listed) == set(PLACES)


def test_a_change_is_checked_once_more_before_it_is_written(running, records):
    # Even when a row was got hold of without its condition.
    ada = as_ada(running, "contacts.*:OWN")
    record = records["foreign"]
    etag = Client(running).get_contact(GetContactRequest(id=record.id)).etag
    request = UpdateContactRequest(contact=Contact(id=record.id, etag=etag, job_title="z"))
    with switched_off(scope_events._add_scope, "do_orm_execute"):
        refused = refusal(partial(ada.update_contact, request))
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "OUT_OF_SCOPE")
        with switched_off(scope_events._check_writes, "before_flush"):
            assert ada.update_contact(request).job_title == "z"


def test_a_session_that_works_for_nobody_in_particular_reads_nothing(running):
    with Session(running.runtime.engine) as session, pytest.raises(RuntimeError, match="whose"):
        session.scalars(select(SERVICE.resources[0].table)).all()


# --- shares --------------------------------------------------------------------------------------


def share(running, record, *, by: Client, monkeypatch, **more) -> Share:
    monkeypatch.setattr(running.runtime.references, "exists", lambda call, resource, id_: True)
    wanted = Share(resource="contacts.contacts", record_id=record.id, **more)
    return by.create_share(CreateShareRequest(service="contacts", share=wanted))


def test_a_share_to_read_opens_reading_and_ends_at_once(running, records, monkeypatch):
    ada, eve = as_ada(running, "contacts.*:OWN"), Client(running, user_id=EVE)
    record = records["foreign"]
    made = share(running, record, by=eve, monkeypatch=monkeypatch, user_id=ADA)
    seen = ada.get_contact(GetContactRequest(id=record.id))
    listed = ada.list_contacts(ListContactsRequest(q="foreign")).contacts
    assert [one.id for one in listed] == [record.id]
    update = UpdateContactRequest(contact=Contact(id=record.id, etag=seen.etag, job_title="x"))
    assert refusal(lambda: ada.update_contact(update)).reason == "NOT_FOUND"
    # Nor can she share on what she was only shown.
    again = refusal(lambda: share(running, record, by=ada, monkeypatch=monkeypatch, user_id=BOB))
    assert again.code == "PERMISSION_DENIED"
    eve.delete_share(DeleteShareRequest(service="contacts", id=made.id))
    assert refusal(lambda: ada.get_contact(GetContactRequest(id=record.id))).reason == "NOT_FOUND"


def test_a_share_to_write_opens_changes_but_not_deletion(running, records, monkeypatch):
    ada, eve = as_ada(running, "contacts.*:OWN"), Client(running, user_id=EVE)
    record = records["nobody's"]
    made = share(
        running,
        record,
        by=eve,
        monkeypatch=monkeypatch,
        team_id=EAST,
        level=Share.Level.WRITE,
    )
    seen = ada.get_contact(GetContactRequest(id=record.id))
    update = UpdateContactRequest(contact=Contact(id=record.id, etag=seen.etag, job_title="y"))
    after = ada.update_contact(update)
    assert after.job_title == "y"
    request = DeleteContactRequest(id=record.id, etag=after.etag)
    assert refusal(lambda: ada.delete_contact(request)).reason == "NOT_FOUND"
    listed = ada.list_shares(
        ListSharesRequest(service="contacts", resource="contacts.contacts", record_id=record.id)
    )
    assert [one.id for one in listed.shares] == [made.id]
    eve.delete_share(DeleteShareRequest(service="contacts", id=made.id))


def test_a_share_is_over_at_its_time(running, records, monkeypatch):
    eve = Client(running, user_id=EVE)
    record = records["foreign"]
    made = share(running, record, by=eve, monkeypatch=monkeypatch, user_id=ADA)
    with running.session() as session:
        from chassis.database.tables import ShareRow

        session.get(ShareRow, made.id).expire_time = made.create_time.to_datetime()
    ada = as_ada(running, "contacts.*:OWN")
    assert refusal(lambda: ada.get_contact(GetContactRequest(id=record.id))).reason == "NOT_FOUND"
    eve.delete_share(DeleteShareRequest(service="contacts", id=made.id))


def test_the_people_of_a_shared_company_are_shared_with_it(running, monkeypatch):
    eve = Client(running, user_id=EVE)
    company = eve.create_company(CreateCompanyRequest(company=Company(name="Shared Ltd")))
    person = eve.create_contact(
        CreateContactRequest(contact=Contact(display_name="Of Shared", company_id=company.id))
    )
    ada = as_ada(running, "contacts.*:OWN")
    assert refusal(lambda: ada.get_contact(GetContactRequest(id=person.id))).reason == "NOT_FOUND"
    monkeypatch.setattr(running.runtime.references, "exists", lambda call, resource, id_: True)
    eve.create_share(
        CreateShareRequest(
            service="contacts",
            share=Share(resource="contacts.companies", record_id=company.id, user_id=ADA),
        )
    )
    assert ada.get_contact(GetContactRequest(id=person.id)).id == person.id
    assert ada.get_company(GetCompanyRequest(id=company.id)).id == company.id


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"user_id": ADA, "team_id": EAST}, ["share.user_id"]),
        ({}, ["share.user_id"]),
    ],
)
def test_a_share_is_for_a_user_or_a_team(running, records, monkeypatch, wrong, fields):
    eve = Client(running, user_id=EVE)
    refused = refusal(
        lambda: share(running, records["foreign"], by=eve, monkeypatch=monkeypatch, **wrong)
    )
    assert refused.code == "INVALID_ARGUMENT"
    assert [field.replace("I", "_i") for field in refused.fields] == fields


def test_a_share_of_a_foreign_record_is_refused_as_if_it_were_absent(running, records, monkeypatch):
    ada = as_ada(running, "contacts.*:OWN")
    refused = refusal(
        lambda: share(running, records["foreign"], by=ada, monkeypatch=monkeypatch, user_id=BOB)
    )
    assert refused.reason == "NOT_FOUND"


# --- explained -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "place", "by"), [
    ("OWN", "own", "OWN"),
    ("OWN", "team", ""),
    ("TEAM", "team", "TEAM"),
    ("SUBTREE", "below", "SUBTREE"),
    ("ALL", "foreign", "ALL"),
])  # fmt: skip
def test_a_decision_is_explained(running, keys, records, scope, place, by):
    token = keys.token(
        user_id=ADA, grants=(f"contacts.*:{scope}",), teams=[EAST], below=[EAST, NORTH]
    )
    wasl = Client(running, metadata=running.runtime.credential.metadata())
    answer = wasl.explain_record_access(
        ExplainRecordAccessRequest(
            token=token,
            permission="contacts.contacts.update",
            resource="contacts.contacts",
            record_id=records[place].id,
        )
    )
    assert (answer.found, answer.by) == (True, by)
