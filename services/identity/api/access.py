"""Access: what there is to be granted, and why somebody may or may not."""

import uuid

from sqlalchemy import select

from chassis.errors import NotFound, invalid_field
from chassis.grpc.call import Call
from chassis.grpc.catalogue import field_groups, is_permission, permissions, service_names
from chassis.grpc.client import shared_channel
from services.identity.rules.access import Source, Worth, source_of
from services.identity.rules.credential import sign_token
from services.identity.settings import identity_settings
from services.identity.tables.user import UserRow
from wasl.identity.v1.access_service_pb import (
    ExplainAccessRequest,
    ExplainAccessResponse,
    ListPermissionsRequest,
    ListPermissionsResponse,
)
from wasl.identity.v1.role_pb import Grant, Scope
from wasl.platform.v1.access_service_pb import (
    ExplainRecordAccessRequest,
    ExplainRecordAccessResponse,
)
from wasl.platform.v1.access_service_pb_grpc import RecordAccessServiceClientSync

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


def explain_access(request: ExplainAccessRequest, call: Call) -> ExplainAccessResponse:
    """Whether a person may do something, and what decided.

    Raises NotFound for a person there is not, InvalidArgument for a permission there is not.
    """
    user = _person(call, request.user)
    permission, record = request.permission, request.resource
    if not is_permission(permission):
        raise invalid_field(
            "permission", f"there is no permission {permission}", reason="UNKNOWN_PERMISSION"
        )
    if record and record.partition("/")[0] != permission.rpartition(".")[0]:
        raise invalid_field("resource", f"is not what {permission} is about", reason="MISMATCH")
    if user.state == "DISABLED":
        return _denied("DISABLED", f"{user.display_name} is disabled.")
    source = source_of(call.session, user, permission)
    if source is None:
        return _denied("NO_GRANT", f"No role of {user.display_name} grants {permission}.")
    if not record:
        return _granted(source, f"{_said(source)}.")
    return _about_record(call, user, permission, record, source)


def _about_record(
    call: Call, user: UserRow, permission: str, record: str, source: Source
) -> ExplainAccessResponse:
    resource, _, id_ = record.partition("/")
    answer = _ask_owner(call, user, permission, resource, id_)
    if not answer.found:
        return _denied("NOT_FOUND", f"There is no {record}.")
    if answer.by == "SHARE":
        found = _granted(source, f"{_said(source)}, and a share opens this record.")
        found.reason, found.share_id = "SHARE", answer.share_id
        return found
    if answer.by:
        return _granted(source, f"{_said(source)}; this record lies within {answer.by}.")
    denied = _denied("OUT_OF_SCOPE", f"{_said(source)}; this record lies outside.")
    denied.grant, denied.role_key = _grant(source), source.role.key
    return denied


def _ask_owner(
    call: Call, user: UserRow, permission: str, resource: str, id_: str
) -> ExplainRecordAccessResponse:
    """What the service that owns a record decides about it for a person."""
    service = resource.partition(".")[0]
    if service not in service_names():
        raise invalid_field("resource", f"there is no service {service}", reason="NOT_FOUND")
    settings = identity_settings(call.runtime)
    token, _ = sign_token(call.session, Worth(user, "user"), signing_key=settings.token_signing_key)
    address = settings.service_address.replace("{service}", service)
    return RecordAccessServiceClientSync(shared_channel(address)).explain_record_access(
        ExplainRecordAccessRequest(
            token=token, permission=permission, resource=resource, record_id=id_
        ),
        timeout=5,
        metadata=call.runtime.credential.metadata(),
    )


def _person(call: Call, text: str) -> UserRow:
    try:
        known = UserRow.id == str(uuid.UUID(text))
    except ValueError:
        known = UserRow.email == text.strip().lower()
    user = call.session.scalar(select(UserRow).where(known, UserRow.delete_time.is_(None)))
    if user is None:
        raise NotFound("NOT_FOUND", f"There is no user {text}.")
    return user


def _said(source: Source) -> str:
    return f"The role {source.role.key} grants {source.pattern} for {source.scope.name}"


def _grant(source: Source) -> Grant:
    return Grant(permission=source.pattern, scope=Scope[source.scope.name])


def _granted(source: Source, message: str) -> ExplainAccessResponse:
    return ExplainAccessResponse(
        allowed=True,
        reason="GRANT",
        message=message,
        grant=_grant(source),
        role_key=source.role.key,
    )


def _denied(reason: str, message: str) -> ExplainAccessResponse:
    return ExplainAccessResponse(reason=reason, message=message)


RPCS = (list_permissions, explain_access)
