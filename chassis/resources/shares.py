"""Shares: one record, opened to a user or a team beside those whom it is in scope of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.base import OwnedRow
from chassis.database.decision import decide
from chassis.database.scope import Access
from chassis.database.tables import ShareRow
from chassis.errors import AlreadyExists, InvalidArgument, PermissionDenied, invalid_field
from chassis.events.envelope import Event
from chassis.events.listener import Listener
from chassis.grpc.call import Call
from chassis.resources.resource import Resource, Write
from chassis.resources.standard import (
    create,
    is_owned,
    load,
    not_found,
    now,
    save,
    select_messages,
)
from wasl.platform.v1 import events_pb, share_service_pb
from wasl.platform.v1.share_pb import Share
from wasl.platform.v1.share_service_pb import (
    CreateShareRequest,
    DeleteShareRequest,
    ListSharesRequest,
    ListSharesResponse,
)

if TYPE_CHECKING:
    from chassis.service import Service


def _prepare(_call: Call, row: Any, _write: Write) -> None:
    row.level = row.level or "READ"
    if bool(row.user_id) == bool(row.team_id):
        raise invalid_field("share.userId", "name a user or a team, and only one of them")
    if row.expire_time is not None and row.expire_time <= now():
        raise invalid_field("share.expireTime", "is in the past")


SHARES = Resource(
    message=Share,
    table=ShareRow,
    service_pb=share_service_pb,
    events_pb=events_pb,
    name="platform.shares",
    references={"user_id": "identity.users", "team_id": "identity.teams"},
    read_only=("creator_id",),
    prepare=_prepare,
    of_every_service=True,
)


def list_shares(request: ListSharesRequest, call: Call) -> ListSharesResponse:
    """The shares of a record. Raises NotFound when the caller does not see the record."""
    resource = _resource(call, request.resource)
    load(resource, call, request.record_id)
    rows = select_messages(
        SHARES,
        call,
        ShareRow.resource == resource.name,
        ShareRow.record_id == request.record_id,
        ShareRow.delete_time.is_(None),
    )
    return ListSharesResponse(shares=sorted(rows, key=lambda share: str(share.id)))


def create_share(request: CreateShareRequest, call: Call) -> Share:
    """Shares a record that the caller may change by a grant, not by a share.

    Raises NotFound for a record that the caller does not see, PermissionDenied for one that they
    only see, AlreadyExists when it is shared with the same user or team.
    """
    wanted = request.share
    assert wanted is not None
    _check_may_share(call, _resource(call, wanted.resource), wanted.record_id)
    same = call.session.scalars(
        select(ShareRow.id).where(
            ShareRow.resource == wanted.resource,
            ShareRow.record_id == wanted.record_id,
            ShareRow.user_id.is_not_distinct_from(wanted.user_id or None),
            ShareRow.team_id.is_not_distinct_from(wanted.team_id or None),
            ShareRow.delete_time.is_(None),
        )
    ).first()
    if same is not None:
        raise AlreadyExists("ALREADY_SHARED", "It is shared with them already; end that first.")
    made = create(SHARES, request, call)
    assert isinstance(made, Share)
    return made


def delete_share(request: DeleteShareRequest, call: Call) -> Share:
    """Ends a share, at once. Raises NotFound, PermissionDenied as for `create_share`."""
    row: ShareRow = load(SHARES, call, request.id)
    resource = call.runtime.service.by_name.get(row.resource)
    if resource is None:
        # A copy of another service's share is that service's to end.
        raise not_found(SHARES, request.id)
    _check_may_share(call, resource, row.record_id)
    before = SHARES.mapping.from_row(row)
    row.delete_time = now()
    after = save(SHARES, call, row, before=before, past_tense="Deleted")
    assert isinstance(after, Share)
    return after


def _resource(call: Call, name: str) -> Resource:
    resource = call.runtime.service.by_name.get(name)
    if resource is None or not is_owned(resource):
        owned = (one.name for one in call.runtime.service.resources if is_owned(one))
        known = ", ".join(sorted(owned)) or "nothing"
        raise InvalidArgument(
            "INVALID_FIELD", f"resource: {name!r} cannot be shared here; these can: {known}"
        )
    return resource


def _check_may_share(call: Call, resource: Resource, record_id: str) -> None:
    row = load(resource, call, record_id)
    access = Access(call.caller, call.service, f"{resource.name}.update")
    decision = decide(call.session, access, row)
    if decision is None or decision.by == "SHARE":
        raise PermissionDenied(
            "PERMISSION_DENIED", "Only who may change a record by their own roles can share it."
        )


# --- shares of other services' records -----------------------------------------------------------


def foreign_resources(service: "Service") -> frozenset[str]:
    """The resources of other services whose shares open rows of ours."""
    named: set[str] = set()
    for mapped in service.registry.mappers:
        table = mapped.class_
        if issubclass(table, OwnedRow):
            named |= {table.resource_name, *table.inherits_from.values()}
    return frozenset(name for name in named if name.partition(".")[0] != service.name)


def share_listener(service: "Service") -> Listener | None:
    """What keeps a copy of the shares that matter to a service; None when none do."""
    foreign = foreign_resources(service)
    if not foreign:
        return None
    owners = sorted({name.partition(".")[0] for name in foreign})

    def handle(session: Session, batch: Sequence[Event]) -> None:
        shares = [change.share for event in batch for change in event.body.changes]
        keep_copies(session, [share for share in shares if share.resource in foreign])

    return Listener(
        queue=f"{service.name}.on_share",
        keys=tuple(f"{owner}.share.*" for owner in owners),
        events=(events_pb,),
        handle=handle,
        catches_up=True,
    )


def keep_copies(session: Session, shares: Sequence[Share]) -> None:
    """Writes shares as they were told, unless a newer version is held."""
    newest: dict[str, Share] = {}
    for share in shares:
        held = newest.get(share.id)
        if held is None or int(share.etag) >= int(held.etag):
            newest[share.id] = share
    if not newest:
        return
    rows = [_row(share) for share in newest.values()]
    told = insert(ShareRow).values(rows)
    session.execute(
        told.on_conflict_do_update(
            index_elements=[ShareRow.id],
            set_={name: told.excluded[name] for name in rows[0] if name != "id"},
            where=ShareRow.version < told.excluded.version,
        )
    )


def _row(share: Share) -> dict[str, Any]:
    """All columns of a share as another service has told it."""
    times = {
        "create_time": share.create_time,
        "update_time": share.update_time,
        "delete_time": share.delete_time,
    }
    return {
        **SHARES.mapping.values(share, list(SHARES.mapping.writable)),
        **{name: time.to_datetime() if time else None for name, time in times.items()},
        "id": share.id,
        "version": int(share.etag),
        "creator_id": share.creator_id or None,
    }
