"""Records that form a tree, such as companies and teams."""

from typing import Any

from sqlalchemy import select

from chassis.database.scope import beyond_scope
from chassis.database.session import take_turns
from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.mapping import column

# No organisation is deeper; a longer chain is a mistake or a circle.
MAX_DEPTH = 20


def refuse_circle(call: Call, row: Any, *, field: str) -> None:
    """Raises InvalidArgument when a row's `parent_id` leads back to itself.

    `field` is the path for the caller, such as `team.parentId`.
    """
    table = type(row)
    # Two moves at once could close a circle together that neither of them sees.
    take_turns(call.session, f"{table.__tablename__}.parent_id")
    id_, parent_id = column(table, "id"), column(table, "parent_id")
    parent: str | None = row.parent_id
    # scope: escaped, because a circle may go through records that the caller does not see
    with beyond_scope(call.session):
        for _ in range(MAX_DEPTH):
            if parent is None:
                return
            if parent == row.id:
                break
            parent = call.session.scalar(select(parent_id).where(id_ == parent))
    raise invalid_field(field, "is the record itself or one below it", reason="CIRCLE")
