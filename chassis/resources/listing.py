"""List: filtered, sorted, searched, a page at a time, at the same cost however deep the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from cachetools import LRUCache
from protobuf import Message
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.grpc.field_groups import hidden_fields
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

    # Reads the filter; raises InvalidArgument when it is no good.
    conditions: Callable[[], list[ColumnElement[bool]]]
    keys: list[SortKey]
    # What a page token is bound to.
    text: str
    # Whether the same text always means the same; customers may change what custom fields mean.
    is_constant: bool


def list_page(
    resource: Resource, request: Any, call: Call, *, only: ColumnElement[bool] | None = None
) -> Message:
    """One page. Raises InvalidArgument for a bad filter, order or page token.

    `only` is a condition of the resource's own, about the caller.
    """
    query = read_query(resource, call, request, show_deleted=request.show_deleted)
    if only is not None:
        query = _limited(query, only, call)
    size = request.page_size or PAGE_SIZE
    if request.q:
        rows, token, total = _search_page(resource, call, request, query=query, size=size)
    else:
        rows, token = _page(resource, call, query=query, size=size, token=request.page_token)
        total = _count(resource, call, query) if request.count_total else 0
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
    """The conditions and the order of a request. Raises InvalidArgument for a bad order."""

    def conditions() -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if not show_deleted:
            found.append(column(resource.table, "delete_time").is_(None))
        if request.filter:
            condition = filter_condition(resource, call, request.filter)
            if condition is not None:
                found.append(condition)
        return found

    hidden = hidden_fields(resource.desc, call.caller.hidden)
    sortable = [name for name in resource.sortable if name not in hidden]
    try:
        order = parse_order(request.order_by, allowed=sortable)
    except OrderError as error:
        raise InvalidArgument("INVALID_ORDER", f"orderBy: {error}") from error
    return Query(
        conditions=conditions,
        keys=_keys(resource, order),
        text=repr((resource.name, request.filter, request.order_by, request.q, show_deleted)),
        # What a filter may name depends on what the caller sees.
        is_constant="ustom" not in request.filter and not hidden,
    )


def _limited(query: Query, only: ColumnElement[bool], call: Call) -> Query:
    # The condition holds values of the caller, so its statement cannot be kept for others.
    return replace(
        query,
        conditions=lambda: [*query.conditions(), only],
        text=f"{query.text} {call.caller.user_id}",
        is_constant=False,
    )


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
    secret = call.runtime.settings.internal_key
    bound: dict[str, Any] = {"size": size + 1}
    if token:
        values = read_token(secret, token, query=query.text, keys=query.keys)
        bound.update({f"after_{place}": value for place, value in enumerate(values)})
    rows = call.session.execute(_statement(resource, query, deep=bool(token), bound=bound), bound)
    found = rows.all()
    if len(found) <= size:
        return found, ""
    last = found[size - 1][-len(query.keys) :]
    return found[:size], make_token(secret, query=query.text, values=last)


# Statements by what they were made from: building one costs more than running it.
_STATEMENTS: LRUCache[tuple[str, str, bool, tuple[bool, ...]], Select[Any]] = LRUCache(1000)
_LOCK = Lock()


def _statement(
    resource: Resource, query: Query, *, deep: bool, bound: dict[str, Any]
) -> Select[Any]:
    nulls = (
        tuple(bound[f"after_{place}"] is None for place in range(len(query.keys))) if deep else ()
    )
    known = (resource.name, query.text, deep, nulls)
    with _LOCK:
        statement = _STATEMENTS.get(known) if query.is_constant else None
    if statement is None:
        conditions = list(query.conditions())
        if deep:
            conditions.append(after(query.keys, nulls))
        statement = (
            select(*resource.mapping.selected, *(key.column for key in query.keys))
            .where(*conditions)
            .order_by(*(key.order() for key in query.keys))
            .limit(bindparam("size", type_=Integer()))
        )
        with _LOCK:
            _STATEMENTS[known] = statement
    return statement


def _count(resource: Resource, call: Call, query: Query) -> int:
    counted = select(func.count()).select_from(resource.table).where(*query.conditions())
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
    ids = search_ids(resource, call, request.q, conditions=query.conditions())
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
