"""What goes wrong in a service reaches the caller as a problem."""

import pytest

from chassis import errors
from tests.integration.gateway.conftest import Api
from tests.integration.gateway.fakes import CONTACT_ID, FakeServices

CONTACT = f"/v1/contacts/{CONTACT_ID}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidArgument("INVALID_FILTER", "no"), 400),
        (errors.Unauthenticated("TOKEN_EXPIRED", "no"), 401),
        (errors.PermissionDenied("PERMISSION_DENIED", "no"), 403),
        (errors.NotFound("CONTACT_NOT_FOUND", "no"), 404),
        (errors.AlreadyExists("CONTACT_EXISTS", "no"), 409),
        (errors.FailedPrecondition("CONTACT_DELETED", "no"), 409),
        (errors.FailedPrecondition("ETAG_REQUIRED", "no"), 428),
        (errors.Aborted("ETAG_MISMATCH", "no"), 412),
        (errors.Aborted("CONFLICT", "no"), 409),
        (errors.InvalidArgument("IDEMPOTENCY_KEY_REUSED", "no"), 422),
        (errors.ResourceExhausted("PAYLOAD_TOO_LARGE", "no"), 413),
        (errors.ResourceExhausted("QUOTA", "no", retry_after=7.5), 429),
        (errors.Unavailable("DATABASE_DOWN", "no", retry_after=2.0), 503),
    ],
)
def test_an_error_keeps_its_reason_and_gets_its_status(
    error: errors.WaslError, status: int, api: Api, fake: FakeServices
) -> None:
    fake.fail = error
    answer = api("DELETE", CONTACT)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    body = answer.json
    assert body is not None
    assert (body["status"], body["code"], body["detail"]) == (status, error.reason, "no")
    assert body["type"].endswith(error.reason.lower().replace("_", "-"))
    assert body["requestId"] == answer.headers["X-Request-Id"]
    if error.retry_after:
        assert int(answer.headers["Retry-After"]) >= error.retry_after


def test_violations_name_the_path_in_the_body(api: Api, fake: FakeServices) -> None:
    fake.fail = errors.InvalidArgument(
        "INVALID_FIELD",
        "wrong",
        violations=[
            errors.Violation("contact.given_name", "is too long", "string.max_len"),
            errors.Violation("contact.emails[1].address", "is no address", "EMAIL"),
            errors.Violation("contact.custom_fields.lead_source", "is unknown", "UNKNOWN"),
        ],
        metadata={"limit": "100"},
    )
    answer = api("POST", "/v1/contacts", json={})
    assert answer.json is not None
    assert [violation["field"] for violation in answer.json["violations"]] == [
        "givenName",
        "emails[1].address",
        "customFields.lead_source",
    ]
    assert answer.json["metadata"] == {"limit": "100"}


def test_nothing_of_an_unexpected_error_leaks(api: Api, fake: FakeServices) -> None:
    fake.fail = RuntimeError("password=hunter2")
    answer = api("GET", CONTACT)
    assert answer.status_code == 500
    assert b"hunter2" not in answer.data
    assert answer.json is not None
    assert answer.json["code"] == "INTERNAL"


def test_an_rpc_that_nobody_implements_is_501(api: Api) -> None:
    assert api("GET", "/v1/contacts/jobs").status_code == 501


def test_a_service_that_is_down_is_503_with_a_time_to_come_back(
    api: Api, fake: FakeServices
) -> None:
    fake.fail = errors.Unavailable("DOWN", "try later")
    answer = api("GET", CONTACT)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
