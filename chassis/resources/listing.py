"""List: filtered, sorted, searched, a page at a time, at the same cost however deep the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protobuf import Message
from sqlalchemy import ColumnElement, func, select

from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.resources.filterable import filter_condition
from chassis.resources.mapping import column
from chassis.resources.ordering import OrderError, parse_order
from chassis.resources.paging import SortKey, after, make_token, read_token
from chassis.resources.resource import Resource
from chassis.resources.searching import search_ids

PAGE_SIZE = 50


@dataclass(frozen=True)
class Query:
    """What a List or an Export asks for, apart from the page."""

    conditions: list[ColumnElement[bool]]
    keys: list[SortKey]
    # What a page token is bound to.
    text: str


def list_page(resource: Resource, request: Any, call: Call) -> Message:
    """One page. Raises InvalidArgument for a bad filter, order or page token."""
    query = read_query(resource, call, request, show_deleted=request.show_deleted)
    size = request.page_size or PAGE_SIZE
    if request.q:
        rows, token, total = _search_page(resource, call, request, query=query, size=size)
    else:
        rows, token = _page(resource, call, query=query, size=size, token=request.page_token)
        total = _count(resource, call, query) if request.count_total else None
    response = resource.request(f"List{resource.plural}Response")
    known: dict[str, Any] = {
        resource.plural_field: [resource.mapping.from_columns(row) for row in rows],
        "next_page_token": token,
    }
    if request.count_total:
        known["total_size"] = total
    return response(**known)


def read_query(
    resource: Resource, call: Call, request: Any, *, show_deleted: bool = False
) -> Query:
    """The conditions and the order of a request."""
    conditions: list[ColumnElement[bool]] = []
    if not show_deleted:
        conditions.append(column(resource.table, "delete_time").is_(None))
    if request.filter:
        condition = filter_condition(resource, call, request.filter)
        if condition is not None:
            conditions.append(condition)
    try:
        order = parse_order(request.order_by, allowed=resource.sortable)
    except OrderError as error:
        raise InvalidArgument("INVALID_ORDER", f"orderBy: {error}") from error
    text = "\n".join((request.filter, request.order_by, request.q, str(show_deleted)))
    return Query(conditions, _keys(resource, order), text)


def _keys(resource: Resource, order: Sequence[tuple[str, bool]]) -> list[SortKey]:
    # UUIDv7 sorts by time: the id alone is "newest first", and breaks ties after other keys.
    keys: list[SortKey] = []
    for name, descending in order:
        if name == "create_time":
            # The id was made in the same instant, and needs no index of its own.
            return [*keys, SortKey(column(resource.table, "id"), descending)]
        mapped = resource.mapping.by_name[name]
        keys.append(SortKey(column(resource.table, mapped.columns[0]), descending))
    last = keys[-1].descending if keys else True
    return [*keys, SortKey(column(resource.table, "id"), last)]


def _page(
    resource: Resource, call: Call, *, query: Query, size: int, token: str
) -> tuple[Sequence[Any], str]:
    conditions = list(query.conditions)
    secret = call.runtime.settings.internal_key
    if token:
        values = read_token(secret, token, query=query.text, keys=query.keys)
        conditions.append(after(query.keys, values))
    sorted_by = [key.column for key in query.keys]
    rows = call.session.execute(
        select(*resource.mapping.selected, *sorted_by)
        .where(*conditions)
        .order_by(*(key.order() for key in query.keys))
        .limit(size + 1)
    ).all()
    if len(rows) <= size:
        return rows, ""
    last = rows[size - 1][-len(sorted_by) :]
    return rows[:size], make_token(secret, query=query.text, values=last)


def _count(resource: Resource, call: Call, query: Query) -> int:
    counted = select(func.count()).select_from(resource.table).where(*query.conditions)
    return call.session.execute(counted).scalar_one()


def _search_page(
    resource: Resource, call: Call, request: Any, *, query: Query, size: int
) -> tuple[Sequence[Any], str, int]:
    if request.order_by:
        raise InvalidArgument("INVALID_ORDER", "orderBy: a search has an order of its own, by rank")
    secret = call.runtime.settings.internal_key
    start = 0
    if request.page_token:
        start = read_token(secret, request.page_token, query=query.text, keys=None)[0]
    ids = search_ids(resource, call, request.q, conditions=query.conditions)
    wanted = ids[start : start + size]
    id_column = column(resource.table, "id")
    found = {
        str(row[-1]): row
        for row in call.session.execute(
            select(*resource.mapping.selected, id_column).where(id_column.in_(wanted))
        )
    }
    rows = [found[id_] for id_ in wanted if id_ in found]
    end = start + size
    token = make_token(secret, query=query.text, values=[end]) if end < len(ids) else ""
    return rows, token, len(ids)
