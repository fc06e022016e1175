"""Saved views: seen by whom their owner says, written by their owner."""

import itertools

import pytest
from protobuf import message_from_json_value
from protobuf.wkt import FieldMask, Struct

from chassis.testing.client import refusal
from tests.integration.identity.people import ROLE_IDS
from wasl.identity.v1.view_pb import View
from wasl.identity.v1.view_service_pb import (
    BatchGetViewsRequest,
    CreateViewRequest,
    DeleteViewRequest,
    GetViewRequest,
    ListViewsRequest,
    UndeleteViewRequest,
    UpdateViewRequest,
)

Audience = View.Audience


def struct(value: dict) -> Struct:
    return message_from_json_value(Struct, value)


class People:
    """Ada and Bob of one team, Eve of another, and an administrator."""

    def __init__(self, identity) -> None:
        west, east = identity.team("West"), identity.team("East")
        self.clients = {
            name: identity.as_person(identity.person(name, "employee", team_id=team.id))
            for name, team in (("ada", west), ("bob", west), ("eve", east))
        }
        self.clients["admin"] = identity.client

    def __getitem__(self, name: str):
        return self.clients[name]

    def view(self, owner: str, audience: Audience, **fields) -> View:
        known = {"name": f"{owner} {audience.name}", "resource": "contacts.contacts"} | fields
        view = View(audience=audience, **known)
        return self[owner].create_view(CreateViewRequest(view=view))

    def names(self, who: str, **query) -> list[str]:
        order = {} if "q" in query else {"order_by": "name"}
        views = self[who].list_views(ListViewsRequest(**order, **query)).views
        return [view.name for view in views]


@pytest.fixture
def people(identity):
    return People(identity)


def change(client, view: View, **fields) -> View:
    sent = View(id=view.id, etag=view.etag, **fields)
    request = UpdateViewRequest(view=sent, update_mask=FieldMask(paths=list(fields)))
    return client.update_view(request)


def test_a_view_keeps_what_the_screen_keeps(people):
    state = struct({"filter": 'tags:"vip"', "columns": ["displayName", "emails"]})
    made = people.view("ada", Audience.MINE, state=state)
    read = people["ada"].get_view(GetViewRequest(id=made.id))
    assert read == made
    assert read.state == state


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [
        (Audience(0), {"ada"}),
        (Audience.MINE, {"ada"}),
        (Audience.TEAM, {"ada", "bob"}),
        (Audience.EVERYBODY, {"ada", "bob", "eve", "admin"}),
    ],
)
def test_a_view_is_seen_by_whom_its_owner_says(people, audience, seen_by):
    view = people.view("ada", audience)
    for who in ("ada", "bob", "eve", "admin"):
        client = people[who]
        sees = who in seen_by
        assert people.names(who) == ([view.name] if sees else [])
        assert people.names(who, q=view.name) == ([view.name] if sees else [])
        for attempt in (
            lambda c=client: c.get_view(GetViewRequest(id=view.id)),
            lambda c=client: c.batch_get_views(BatchGetViewsRequest(ids=[view.id])),
        ):
            if sees:
                attempt()
            else:
                assert refusal(attempt).code == "NOT_FOUND"


def test_only_its_owner_writes_a_view(people):
    shared, own = people.view("ada", Audience.EVERYBODY), people.view("ada", Audience.MINE)
    for who, (view, code) in itertools.product(
        ("bob", "eve", "admin"), ((shared, "PERMISSION_DENIED"), (own, "NOT_FOUND"))
    ):
        client = people[who]
        for attempt in (
            lambda c=client, v=view: change(c, v, name="Mine now"),
            lambda c=client, v=view: c.delete_view(DeleteViewRequest(id=v.id, etag=v.etag)),
            lambda c=client, v=view: c.undelete_view(UndeleteViewRequest(id=v.id)),
        ):
            assert refusal(attempt).code == code
    renamed = change(people["ada"], shared, name="Renamed")
    request = DeleteViewRequest(id=renamed.id, etag=renamed.etag)
    people["ada"].delete_view(request)
    assert people.names("ada") == [own.name]
    people["ada"].undelete_view(UndeleteViewRequest(id=renamed.id))
    assert people.names("bob") == ["Renamed"]


def test_nobody_makes_a_view_in_anothers_name(people, identity):
    view = View(name="x", resource="contacts.contacts", owner_id=identity.admin_id)
    made = people["ada"].create_view(CreateViewRequest(view=view))
    assert made.owner_id != identity.admin_id


def test_pages_of_views_are_those_of_the_caller(people):
    for number in range(3):
        people.view("ada", Audience.EVERYBODY, name=f"all {number}")
        people.view("eve", Audience.MINE, name=f"eve {number}")
    first = people["ada"].list_views(ListViewsRequest(page_size=2, order_by="name"))
    assert [view.name for view in first.views] == ["all 0", "all 1"]
    request = ListViewsRequest(page_size=2, order_by="name", page_token=first.next_page_token)
    assert [view.name for view in people["ada"].list_views(request).views] == ["all 2"]
    # A token is of use to nobody else.
    assert refusal(lambda: people["eve"].list_views(request)).code == "INVALID_ARGUMENT"
    counted = people["ada"].list_views(ListViewsRequest(count_total=True))
    assert counted.total_size == 3
    found = people.names("ada", filter='name = "all 1" OR name = "eve 1"')
    assert found == ["all 1"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"resource": "contacts.people"}, "view.resource"),
        ({"resource": "contacts"}, "view.resource"),
        ({"state": struct({"filter": "x" * 17000})}, "view.state"),
        ({"name": ""}, "view.name"),
    ],
)
def test_a_view_that_cannot_be_is_refused_by_name(people, fields, field):
    assert refusal(lambda: people.view("ada", Audience.MINE, **fields)).fields == [field]


def test_who_works_in_no_team_has_no_views_for_a_team(identity):
    client = identity.as_person(identity.person("ada", role_ids=[ROLE_IDS["employee"]]))
    view = View(name="x", resource="contacts.contacts", audience=Audience.TEAM)
    refused = refusal(lambda: client.create_view(CreateViewRequest(view=view)))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "NO_TEAM")
