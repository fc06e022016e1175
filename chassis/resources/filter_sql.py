"""A parsed filter as a SQL condition, through an allow-list of fields.

What holds for every kind of field:

- a comparison with NULL is false, never unknown: `!=` finds rows without a value, and NOT finds
  exactly the rows its term does not;
- `field = null` and `field != null` ask for NULL, `field:*` asks for something in it;
- what PostgreSQL would refuse or overflow on is refused here, with the position in the filter.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, or_, true

from chassis.resources.field_names import find_field, named
from chassis.resources.filter_fields import FilterField, compare
from chassis.resources.filter_tree import (
    And,
    Bare,
    Call,
    Comparison,
    Filter,
    FilterError,
    Not,
    Or,
    Value,
)

Search: TypeAlias = Callable[[str], ColumnElement[bool]]
Predicate: TypeAlias = Callable[[Call], ColumnElement[bool]]
Producer: TypeAlias = Callable[[Call], str]


def to_clause(
    tree: Filter,
    fields: Mapping[str, FilterField],
    *,
    search: Search | None = None,
    predicates: Mapping[str, Predicate] | None = None,
    producers: Mapping[str, Producer] | None = None,
) -> ColumnElement[bool]:
    """Return the condition; it is true or false for every row, never NULL under NOT.

    `search` gives the condition for a bare word, `predicates` for a function that stands alone
    (`isOverdue()`), `producers` the text of the value a function stands for (`today()`); without
    them bare words and functions are refused. Raises FilterError, naming the field and its
    position, for an unknown field, an operator its kind lacks or a value of the wrong type.
    """

    def clause(node: Filter) -> ColumnElement[bool]:
        match node:
            case And(terms=terms):
                return and_(*[clause(term) for term in terms])
            case Or(terms=terms):
                return or_(*[clause(term) for term in terms])
            case Not(term=term):
                # NOT of NULL would be NULL, and the row would be neither found nor not found.
                return clause(term).is_not(true())
            case Comparison():
                return _comparison(node, fields, producers=producers or {})
            case Call(name=name, position=position):
                if predicates is None or name not in predicates:
                    raise FilterError(f"{name}() cannot stand alone.", position=position)
                return predicates[name](node)
            case Bare(value=value, position=position):
                if search is None:
                    raise FilterError(
                        "A value needs a field and a comparison in front of it.", position=position
                    )
                return search(value.text)

    return clause(tree)


def _comparison(
    node: Comparison, fields: Mapping[str, FilterField], *, producers: Mapping[str, Producer]
) -> ColumnElement[bool]:
    name = find_field(node.field, fields)
    if name is None:
        raise FilterError(
            f"There is no field {node.field[:100]!r} to filter by; fields: {named(fields)}.",
            position=node.position,
        )
    value = node.value
    if isinstance(value, Call):
        if value.name not in producers:
            raise FilterError(f"{value.name}() gives no value.", position=value.position)
        value = Value(producers[value.name](value), value.position, quoted=True)
    return compare(fields[name], operator=node.operator, value=value, name=name)
