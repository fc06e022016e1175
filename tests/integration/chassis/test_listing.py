"""List: pages, orders and tokens, of every resource of every service."""

import datetime
import threading
from collections.abc import Callable
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from protobuf import DescFieldValueEnum
from sqlalchemy import event, insert
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.base import new_id
from chassis.database.tables import JobRow
from chassis.resources.custom_fields import CUSTOM_FIELDS
from chassis.resources.field_names import snake_case
from chassis.resources.resource import Resource
from chassis.service import Service
from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE as CONTACTS
from services.identity.service import SERVICE as IDENTITY
from services.sales.service import SERVICE as SALES
from wasl.contacts.v1.company_service_pb import ListCompaniesRequest
from wasl.contacts.v1.contact_service_pb import ListContactsRequest
from wasl.platform.v1.job_service_pb import ListJobsRequest

SERVICES = (CONTACTS, IDENTITY, SALES)
RESOURCES = [
    pytest.param(service, resource, id=f"{service.name}-{resource.collection}")
    for service in SERVICES
    for resource in (*service.resources, CUSTOM_FIELDS)
]
ORDERS = [
    pytest.param(service, resource, f"{field}{way}", id=f"{resource.name}-{field}{way}")
    for service in SERVICES
    for resource in (*service.resources, CUSTOM_FIELDS)
    for field in resource.sortable
    for way in ("", " desc")
]


def some_value(column: Any, number: int) -> Any:
    """A value for a column: often the same as others', sometimes none."""
    if column.nullable and number % 3 == 0:
        return None
    if isinstance(column.type, JSONB):
        return column.default.arg(None)
    match column.type.python_type.__name__:
        case "int":
            return number % 5 + 1
        case "bool":
            return number % 2 == 0
        case "Decimal":
            return Decimal(number % 5)
        case "date":
            return datetime.date(2026, 1, 1 + number % 5)
        case "datetime":
            return datetime.datetime(2026, 1, 1 + number % 5, tzinfo=datetime.UTC)
        case "bytes":
            return b"x"
    return f"{number % 5}"


def fill(running, resource: Resource, count: int) -> list[str]:
    """Adds rows straight to the table, with ties and with NULLs. Returns their ids."""
    rows = []
    for number in range(count):
        row: dict[str, Any] = {"id": new_id(), "delete_time": None, "version": 1}
        for column in resource.table.__table__.columns:
            if column.name in row or column.computed is not None:
                continue
            value = some_value(column, number)
            if column.type.__class__.__name__ == "Uuid":
                value = None if value is None else new_id()
            unique = any(
                index.unique and column.name in index.columns
                for index in resource.table.__table__.indexes
            )
            if unique and value is not None:
                value = f"{value}-{number:04}"
            row[column.name] = value
        for field in resource.mapping.fields:
            if isinstance(field.desc.value, DescFieldValueEnum):
                # All rows the same; the last of an audience is everybody.
                place = -1 if field.name == "audience" else 1
                row[field.name] = field.desc.value.enum.values[place].name
        rows.append(row)
    with running.session() as session:
        session.execute(resource.table.__table__.delete())
        session.execute(insert(resource.table.__table__), rows)
    return [row["id"] for row in rows]


def lister(running, resource: Resource) -> Callable[..., Any]:
    """The List RPC of a resource as a function of its request's fields."""
    request = resource.request(f"List{resource.plural}Request")
    extra = {"service": running.service.name} if resource.of_every_service else {}
    call = getattr(Client(running), f"list_{resource.plural_field}")
    return lambda **fields: call(request(**extra, **fields))


def items(resource: Resource, page: Any) -> list[Any]:
    return getattr(page, resource.plural_field)


def all_pages(resource: Resource, list_: Callable[..., Any], **query: Any) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = list_(page_token=token, **query)
        found += items(resource, page)
        token = page.next_page_token
        if not token:
            return found


@pytest.fixture(scope="module")
def started(start_module_service):
    """Each service once, by name."""
    known: dict[str, Any] = {}

    def get(service: Service):
        if service.name not in known:
            known[service.name] = start_module_service(service)
        return known[service.name]

    return get


@pytest.mark.parametrize(("service", "resource", "order"), ORDERS)
def test_pages_in_any_order_join_to_the_whole_sorted_list(started, service, resource, order):
    running = started(service)
    ids = fill(running, resource, 23)
    list_ = lister(running, resource)
    in_pages = all_pages(resource, list_, page_size=4, order_by=order)
    at_once = items(resource, list_(page_size=1000, order_by=order))
    assert [item.id for item in in_pages] == [item.id for item in at_once]
    assert {item.id for item in in_pages} == set(ids)
    assert len(in_pages) == 23
    if "create_time" in order:
        # The time of an id, which the row's may differ from when it was imported.
        values = [item.id for item in in_pages]
    else:
        column = resource.mapping.by_name[order.split()[0]].columns[0]
        with running.session() as session:
            held = {row.id: getattr(row, column) for row in session.query(resource.table)}
        values = [held[item.id] for item in in_pages]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse="desc" in order)
    nulls = [place for place, value in enumerate(values) if value is None]
    expected = range(len(nulls)) if "desc" in order else range(len(known), 23)
    assert nulls == list(expected)


@pytest.mark.parametrize(("service", "resource"), RESOURCES)
def test_rows_that_come_meanwhile_neither_hide_nor_repeat_others(started, service, resource):
    running = started(service)
    ids = fill(running, resource, 20)
    list_ = lister(running, resource)
    seen: list[str] = []
    token = ""
    for _ in range(30):
        page = list_(page_size=3, page_token=token, order_by="update_time")
        seen += [item.id for item in items(resource, page)]
        if len(seen) == 6:
            with running.session() as session:
                # Two behind us, and one before us that was changed and so went to the end.
                first = session.get_one(resource.table, seen[0])
                first.update_time = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
        token = page.next_page_token
        if not token:
            break
    assert set(ids) <= set(seen)
    assert sorted(set(seen[:6]) & set(seen[6:])) == [seen[0]]


def test_pages_under_concurrent_inserts_hold_every_old_row_once(started):
    running = started(CONTACTS)
    (resource,) = [r for r in CONTACTS.resources if r.collection == "contacts"]
    ids = fill(running, resource, 200)
    stop = threading.Event()

    def insert_more() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with running.session() as session:
                session.add(resource.table(display_name=str(number % 5), custom_fields={}))

    thread = threading.Thread(target=insert_more)
    thread.start()
    try:
        list_ = lister(running, resource)
        for order in ("create_time", "display_name", "display_name desc"):
            seen = [
                item.id
                for item in all_pages(resource, list_, page_size=20, order_by=order)
                if item.id in set(ids)
            ]
            assert sorted(seen) == sorted(ids)
    finally:
        stop.set()
        thread.join()


@contextmanager
def counted(running):
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(running.runtime.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(running.runtime.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("service", "resource"), RESOURCES)
@pytest.mark.parametrize("query", [{}, {"count_total": True}, {"order_by": "update_time"}])
def test_a_list_asks_the_database_equally_often_for_one_row_and_for_fifty(
    started, service, resource, query
):
    running = started(service)
    list_ = lister(running, resource)
    asked = []
    for rows in (1, 50):
        fill(running, resource, rows)
        with counted(running) as statements:
            assert len(items(resource, list_(**query))) == rows
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 2


@pytest.mark.parametrize(("service", "resource"), RESOURCES)
def test_a_search_asks_the_database_equally_often_for_one_row_and_for_fifty(
    started, service, resource
):
    running = started(service)
    list_ = lister(running, resource)
    if resource.searched is None:
        assert refusal(lambda: list_(q="a")).reason == "NO_SEARCH"
        return
    asked = []
    for rows in (1, 50):
        fill(running, resource, rows)
        with running.session() as session:
            session.execute(resource.table.__table__.update().values(search_text=" needle "))
        with counted(running) as statements:
            assert len(items(resource, list_(q="needle"))) == rows
        asked.append(len(statements))
    # The words, what sounds alike, and the rows.
    assert asked[0] == asked[1] <= 3


def test_a_list_of_jobs_asks_the_database_once_and_pages(started):
    running = started(CONTACTS)
    client = Client(running)
    asked = []
    for rows in (1, 50):
        with running.session() as session:
            session.query(JobRow).delete()
            session.add_all(JobRow(kind="import", options=b"") for _ in range(rows))
        with counted(running) as statements:
            assert len(client.list_jobs(ListJobsRequest(service="contacts")).jobs) == rows
        asked.append(len(statements))
    assert asked == [1, 1]
    seen, token = [], ""
    while True:
        page = client.list_jobs(ListJobsRequest(service="contacts", page_size=7, page_token=token))
        seen += [job.id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == 50
    assert seen == sorted(set(seen), reverse=True)


def test_every_list_rpc_is_counted_here():
    # A new List must come into the tests above: all resources do; jobs have one of their own,
    # and so have the entries of the audit log, sessions and the ways to sign in. Permissions are
    # in no database.
    listed = {
        f"list_{resource.plural_field}"
        for service in SERVICES
        for resource in (*service.resources, CUSTOM_FIELDS)
    } | {
        "list_jobs",
        "list_audit_entries",
        "list_sessions",
        "list_sign_in_options",
        "list_permissions",
    }
    declared = {
        snake_case(method.name)
        for service in SERVICES
        for module in service.protos
        for desc in module.desc().services
        for method in desc.methods
        if method.name.startswith("List")
    }
    assert declared <= listed


@pytest.fixture
def page(started):
    """A first page of contacts, and the function that asks for more."""
    running = started(CONTACTS)
    for resource in CONTACTS.resources:
        fill(running, resource, 5)
    client = Client(running)
    first = client.list_contacts(ListContactsRequest(page_size=2, order_by="display_name"))
    assert first.next_page_token

    def more(token: str, **query: Any):
        query = {"order_by": "display_name", "page_size": 2} | query
        return client.list_contacts(ListContactsRequest(page_token=token, **query))

    return first.next_page_token, more, client


def test_a_page_token_may_be_used_with_another_page_size(page):
    token, more, _ = page
    assert len(more(token, page_size=3).contacts) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"order_by": "display_name desc"},
        {"order_by": ""},
        {"filter": 'displayName = "1"'},
        {"show_deleted": True},
        {"q": "ada", "order_by": ""},
    ],
)
def test_a_page_token_belongs_to_its_query(page, query):
    token, more, _ = page
    refused = refusal(lambda: more(token, **query))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN")


def test_a_page_token_belongs_to_its_resource(page):
    _, _, client = page
    token = client.list_contacts(ListContactsRequest(page_size=2)).next_page_token
    request = ListCompaniesRequest(page_size=2, page_token=token)
    assert refusal(lambda: client.list_companies(request)).reason == "INVALID_PAGE_TOKEN"


def test_a_token_with_any_byte_changed_is_refused(page):
    token, more, _ = page
    for place in range(len(token) - 1):
        letter = "A" if token[place] != "A" else "B"
        forged = token[:place] + letter + token[place + 1 :]
        assert refusal(lambda forged=forged: more(forged)).reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("token", ["x", "=", "é", "AAAA", "\U0001f600", "A" * 5000])
def test_a_token_that_is_none_is_refused(page, token):
    _, more, _ = page
    assert refusal(lambda: more(token)).reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("size", [-1, 1001, 2**31 - 1])
def test_a_page_has_at_most_a_thousand_rows(page, size):
    token, more, _ = page
    refused = refusal(lambda: more(token, page_size=size))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["page_size"])


@pytest.mark.parametrize(
    "order",
    ["nothing", "display_name sideways", "display_name,", "notes", "display_name,display_name"],
)
def test_an_order_that_cannot_be_is_refused(page, order):
    _, more, _ = page
    refused = refusal(lambda: more("", order_by=order))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "INVALID_ORDER")
