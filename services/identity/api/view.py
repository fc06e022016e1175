"""Saved views: the standard methods, each for those who see the view."""

from protobuf import Message

from chassis.grpc.call import Call
from chassis.resources import standard
from chassis.resources.listing import list_page
from chassis.resources.resource import Resource
from services.identity.rules.view import prepare_view, refuse_others, sees, visible_views
from services.identity.tables.view import ViewRow
from wasl.identity.v1 import events_pb, view_service_pb
from wasl.identity.v1.view_pb import View
from wasl.identity.v1.view_service_pb import (
    BatchGetViewsRequest,
    DeleteViewRequest,
    GetViewRequest,
    ListViewsRequest,
    UndeleteViewRequest,
    UpdateViewRequest,
)


def _searched(row: ViewRow) -> tuple[str, ...]:
    return (row.name,)


VIEWS = Resource(
    message=View,
    table=ViewRow,
    service_pb=view_service_pb,
    events_pb=events_pb,
    name="identity.views",
    sortable=("create_time", "update_time", "name"),
    searched=_searched,
    read_only=("owner_id", "team_id"),
    prepare=prepare_view,
)


def get_view(request: GetViewRequest, call: Call) -> Message:
    """One view. Raises NotFound for one that the caller does not see."""
    _seen(call, request.id, deleted=request.show_deleted)
    return standard.get(VIEWS, request, call)


def batch_get_views(request: BatchGetViewsRequest, call: Call) -> Message:
    """Several at once. Raises NotFound when the caller does not see one."""
    for id_ in request.ids:
        _seen(call, id_)
    return standard.batch_get(VIEWS, request, call)


def list_views(request: ListViewsRequest, call: Call) -> Message:
    """A page of the views that the caller sees."""
    return list_page(VIEWS, request, call, only=visible_views(call))


def update_view(request: UpdateViewRequest, call: Call) -> Message:
    """Changes a view of one's own. Raises PermissionDenied NOT_YOURS."""
    assert request.view is not None
    refuse_others(call, _seen(call, request.view.id))
    return standard.update(VIEWS, request, call)


def delete_view(request: DeleteViewRequest, call: Call) -> Message:
    """Takes a view of one's own away. Raises PermissionDenied NOT_YOURS."""
    refuse_others(call, _seen(call, request.id))
    return standard.delete(VIEWS, request, call)


def undelete_view(request: UndeleteViewRequest, call: Call) -> Message:
    """Brings a view of one's own back. Raises PermissionDenied NOT_YOURS."""
    refuse_others(call, _seen(call, request.id, deleted=True))
    return standard.undelete(VIEWS, request, call)


def _seen(call: Call, id_: str, *, deleted: bool = False) -> ViewRow:
    row: ViewRow = standard.load(VIEWS, call, id_, deleted=deleted)
    if not sees(call, row):
        raise standard.not_found(VIEWS, id_)
    return row


RPCS = (get_view, batch_get_views, list_views, update_view, delete_view, undelete_view)
