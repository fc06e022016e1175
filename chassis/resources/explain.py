"""Why somebody may or may not: what this service decides about one of its records."""

from chassis.database.decision import decide
from chassis.database.scope import Access, beyond_scope
from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.resources.standard import is_owned
from wasl.platform.v1.access_service_pb import (
    ExplainRecordAccessRequest,
    ExplainRecordAccessResponse,
)


def explain_record_access(
    request: ExplainRecordAccessRequest, call: Call
) -> ExplainRecordAccessResponse:
    """What opens a record to the person of a token. A deleted record is not found.

    Raises InvalidArgument for a resource that is not ours, Unauthenticated for a bad token.
    """
    resource = call.runtime.service.by_name.get(request.resource)
    if resource is None:
        raise InvalidArgument(
            "UNKNOWN_RESOURCE", f"resource: {call.service} has no {request.resource!r}."
        )
    caller = call.runtime.verifier.caller(request.token)
    # scope: escaped, because the caller is Wasl, and asks about somebody else
    with beyond_scope(call.session):
        row = call.session.get(resource.table, request.record_id)
        if row is None or row.delete_time is not None:
            return ExplainRecordAccessResponse(found=False)
        if not is_owned(resource):
            by = "ALL" if caller.may(request.permission) else ""
            return ExplainRecordAccessResponse(found=True, by=by)
        access = Access(caller, call.service, request.permission)
        decision = decide(call.session, access, row)
    if decision is None:
        return ExplainRecordAccessResponse(found=True)
    return ExplainRecordAccessResponse(found=True, by=decision.by, share_id=decision.share_id)
