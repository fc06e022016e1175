"""Reading the audit log: a page, and all that match."""

import datetime

from sqlalchemy import ColumnElement, Select, select, tuple_

from chassis.errors import InvalidArgument
from chassis.resources.filter import FilterError, parse_filter
from chassis.resources.filter_fields import FilterField
from chassis.resources.filter_sql import to_clause
from chassis.resources.filter_tree import And, Comparison, Filter, Not, Or
from services.identity.tables.audit_entry import AuditEntryRow

_FIELDS = {
    "time": FilterField(AuditEntryRow.time, "timestamp"),
    "user_id": FilterField(AuditEntryRow.user_id, "text"),
    "credential": FilterField(AuditEntryRow.credential, "text"),
    "method": FilterField(AuditEntryRow.method, "text"),
    "service": FilterField(AuditEntryRow.service, "text"),
    "outcome": FilterField(AuditEntryRow.outcome, "text"),
    "address": FilterField(AuditEntryRow.address, "text"),
    "request_id": FilterField(AuditEntryRow.request_id, "text"),
    "record_id": FilterField(AuditEntryRow.record_ids, "text_list"),
    "resource": FilterField(AuditEntryRow.resources, "text_list"),
}
_OF_ANY_CHANGE = ("record_id", "recordId", "resource")
# A place in the log: the day and the number in it.
Place = tuple[datetime.date, int]


def entries(*, filter_: str, before: Place | None = None) -> Select[AuditEntryRow]:
    """The entries that match, the newest first. Raises InvalidArgument for a bad filter."""
    statement = select(AuditEntryRow).order_by(
        AuditEntryRow.day.desc(), AuditEntryRow.number.desc()
    )
    condition = _condition(filter_)
    if condition is not None:
        statement = statement.where(condition)
    if before is not None:
        place = tuple_(AuditEntryRow.day, AuditEntryRow.number)
        statement = statement.where(place < tuple_(*before))
    return statement


def _condition(text: str) -> ColumnElement[bool] | None:
    try:
        tree = parse_filter(text)
        return None if tree is None else to_clause(_with_lists(tree), _FIELDS)
    except FilterError as error:
        raise InvalidArgument(
            "INVALID_FILTER", f"filter: {error}", metadata={"position": str(error.position)}
        ) from error


def _with_lists(node: Filter) -> Filter:
    """`recordId = "..."` asks for an entry with any change of that record."""
    match node:
        case And(terms=terms):
            return And(tuple(_with_lists(term) for term in terms))
        case Or(terms=terms):
            return Or(tuple(_with_lists(term) for term in terms))
        case Not(term=term):
            return Not(_with_lists(term))
        case Comparison(field=field, operator="=" | "!=" as operator) if field in _OF_ANY_CHANGE:
            has = Comparison(field, ":", node.value, node.position)
            return has if operator == "=" else Not(has)
    return node
