"""Access: what there is to be granted."""

from chassis.grpc.call import Call
from chassis.grpc.catalogue import field_groups, permissions
from wasl.identity.v1.access_service_pb import ListPermissionsRequest, ListPermissionsResponse

Permission = ListPermissionsResponse.Permission
FieldGroup = ListPermissionsResponse.FieldGroup


def list_permissions(_request: ListPermissionsRequest, _call: Call) -> ListPermissionsResponse:
    """Every permission and every group of fields there is."""
    return ListPermissionsResponse(
        permissions=[
            Permission(
                name=known.name,
                service=known.service,
                collection=known.collection,
                verb=known.verb,
                scoped=known.scoped,
            )
            for known in permissions()
        ],
        field_groups=[
            FieldGroup(name=group.name, fields=list(group.fields)) for group in field_groups()
        ],
    )
