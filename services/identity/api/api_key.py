"""API keys: the standard methods; the secret is in the answer to Create and nowhere else."""

from chassis.grpc.call import Call
from chassis.resources.resource import Resource, Write
from chassis.resources.standard import create
from services.identity.rules.api_key import hash_key, new_key, prepare_api_key, public_id
from services.identity.tables.api_key import ApiKeyRow
from wasl.identity.v1 import api_key_service_pb, events_pb
from wasl.identity.v1.api_key_pb import ApiKey
from wasl.identity.v1.api_key_service_pb import CreateApiKeyRequest

# Where `_prepare` leaves the secret for the answer.
_SECRET = "identity.new_api_key"  # noqa: S105 - a name, no secret


def _prepare(call: Call, row: ApiKeyRow, write: Write) -> None:
    prepare_api_key(call, row, write)
    if write.is_new:
        key = call.session.info[_SECRET] = new_key()
        row.public_id, row.secret_hash = public_id(key), hash_key(key)


API_KEYS = Resource(
    message=ApiKey,
    table=ApiKeyRow,
    service_pb=api_key_service_pb,
    events_pb=events_pb,
    name="identity.apiKeys",
    references={"user_id": "identity.users", "role_ids": "identity.roles"},
    read_only=("last_use_time",),
    prepare=_prepare,
)


def create_api_key(request: CreateApiKeyRequest, call: Call) -> ApiKey:
    """Makes a key. Its secret cannot be had again."""
    announced = create(API_KEYS, request, call)
    # A message of its own: the other one goes out as an event.
    made = ApiKey.from_binary(announced.to_binary())
    made.secret = call.session.info.pop(_SECRET)
    return made
