"""API keys: shown once, as good as their person, no longer than they should be."""

import datetime
import time

import pytest
from protobuf.wkt import FieldMask
from sqlalchemy import select, update

from chassis.database.tables import IdempotencyRow, OutboxRow
from chassis.testing.client import Client, refusal
from services.identity.tables.api_key import ApiKeyRow
from tests.integration.identity.people import ROLE_IDS, soon
from wasl.identity.v1.api_key_pb import ApiKey
from wasl.identity.v1.api_key_service_pb import (
    CreateApiKeyRequest,
    DeleteApiKeyRequest,
    GetApiKeyRequest,
    ListApiKeysRequest,
    UpdateApiKeyRequest,
)
from wasl.identity.v1.user_service_pb import (
    DeleteUserRequest,
    DisableUserRequest,
    EnableUserRequest,
    GetUserRequest,
)


def test_the_secret_of_a_key_is_told_once_and_kept_nowhere(identity):
    made = identity.key()
    assert made.secret.startswith("wasl_")
    assert len(made.secret) > 60
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)).secret == ""
    listed = identity.client.list_api_keys(ListApiKeysRequest()).api_keys
    assert {key.secret for key in listed} == {""}
    secret = made.secret.rpartition("_")[2]
    with identity.running.session() as session:
        row = session.get_one(ApiKeyRow, made.id)
        kept = repr([getattr(row, column.name) for column in ApiKeyRow.__table__.columns])
        told = b"".join(session.scalars(select(OutboxRow.body)))
    assert secret not in kept
    assert secret.encode() not in told
    assert identity.claims(made.secret)["sub"] == identity.admin_id


def test_a_repeated_creation_answers_with_the_same_key_but_not_with_its_secret(identity):
    request = CreateApiKeyRequest(api_key=ApiKey(display_name="key"))
    first, second = (
        identity.client.create_api_key(request, idempotency_key="one") for _ in range(2)
    )
    assert second.id == first.id
    assert second.secret == ""
    assert not identity.is_worthless(first.secret)
    with identity.running.session() as session:
        kept = b"".join(session.scalars(select(IdempotencyRow.response)))
    assert first.id.encode() in kept
    assert first.secret.encode() not in kept


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key + "x",
        lambda key: key.replace("wasl_", "lsaw_"),
        lambda key: key.rpartition("_")[0] + "_",
        lambda key: "wasl__",
        lambda key: "x",
        lambda key: "wasl_" + "é" * 60,
    ],
)
def test_a_key_that_is_not_quite_one_is_worth_nothing(identity, spoil):
    assert identity.is_worthless(spoil(identity.key().secret))


def test_an_expired_key_is_worth_nothing(identity):
    made = identity.key(expire_time=soon(1))
    assert not identity.is_worthless(made.secret)
    time.sleep(1.1)
    assert identity.is_worthless(made.secret)
    refused = refusal(lambda: identity.key(expire_time=soon(-60)))
    assert refused.fields == ["apiKey.expireTime"]


def test_a_deleted_key_is_worth_nothing(identity):
    made = identity.key()
    identity.client.delete_api_key(DeleteApiKeyRequest(id=made.id, etag=made.etag))
    assert identity.is_worthless(made.secret)


def test_a_disabled_persons_keys_are_worth_nothing_until_they_are_back(identity):
    person = identity.person("ada")
    made = identity.key(user_id=person.id)
    assert identity.claims(made.secret)["sub"] == person.id
    identity.client.disable_user(DisableUserRequest(id=person.id))
    assert identity.is_worthless(made.secret)
    identity.client.enable_user(EnableUserRequest(id=person.id))
    assert not identity.is_worthless(made.secret)
    read = identity.client.get_user(GetUserRequest(id=person.id))
    identity.client.delete_user(DeleteUserRequest(id=person.id, etag=read.etag))
    assert identity.is_worthless(made.secret)


def test_the_last_use_is_kept_to_the_minute_and_makes_no_new_version(identity):
    made = identity.key()
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)).last_use_time is None
    identity.token(made.secret)
    first = identity.client.get_api_key(GetApiKeyRequest(id=made.id))
    assert first.last_use_time is not None
    identity.token(made.secret)
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)) == first
    with identity.running.session() as session:
        earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=61)
        session.execute(update(ApiKeyRow).values(last_use_time=earlier))
    identity.token(made.secret)
    last = identity.client.get_api_key(GetApiKeyRequest(id=made.id))
    assert last.last_use_time.seconds > earlier.timestamp() + 30
    assert last.etag == first.etag


def test_who_may_not_change_users_makes_keys_only_for_themselves(identity):
    role = identity.role("keyMaker", "identity.apiKeys.create", "identity.apiKeys.update")
    person = identity.person("ada", role_ids=[role.id])
    client = identity.as_person(person)
    own = identity.key(client)
    assert own.user_id == person.id
    refused = refusal(lambda: identity.key(client, user_id=identity.admin_id))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    # Nor do they make another's key their own, or their own another's.
    others = identity.key()
    for key, user_id in ((others, person.id), (own, identity.admin_id)):
        sent = ApiKey(id=key.id, etag=key.etag, user_id=user_id)
        request = UpdateApiKeyRequest(api_key=sent, update_mask=FieldMask(paths=["user_id"]))
        assert refusal(lambda request=request: client.update_api_key(request)).code in (
            "PERMISSION_DENIED",
            "INVALID_ARGUMENT",
        )
    assert identity.claims(others.secret)["sub"] == identity.admin_id


def test_a_key_acts_as_one_person_for_ever(identity):
    person, made = identity.person("ada"), identity.key()
    sent = ApiKey(id=made.id, etag=made.etag, user_id=person.id)
    request = UpdateApiKeyRequest(api_key=sent, update_mask=FieldMask(paths=["user_id"]))
    refused = refusal(lambda: identity.client.update_api_key(request))
    assert [(v.field, v.reason) for v in refused.violations] == [("apiKey.userId", "IMMUTABLE")]


def test_the_roles_of_a_key_narrow_what_its_person_may(identity):
    wide = identity.role(
        "wide", "contacts.*:SUBTREE", "sales.opportunities.get", "identity.users.*"
    )
    narrow = identity.role(
        "narrow",
        "contacts.contacts.*",
        "sales.*:OWN",
        "reporting.*",
        hidden_fields=["sales.amounts"],
    )
    person = identity.person("ada", role_ids=[wide.id])
    key = identity.key(user_id=person.id, role_ids=[narrow.id])
    claims = identity.claims(key.secret)
    assert claims["grants"] == ["contacts.contacts.*:SUBTREE", "sales.opportunities.get:OWN"]
    assert claims["hidden"] == ["sales.amounts"]
    assert identity.claims(identity.key(user_id=person.id).secret)["hidden"] == []


def test_a_role_that_is_taken_from_a_person_is_taken_from_their_keys(identity):
    role = identity.role("own", "contacts.*")
    person = identity.person("ada", role_ids=[role.id])
    key = identity.key(user_id=person.id, role_ids=[role.id])
    identity.change(person, role_ids=[ROLE_IDS["employee"]])
    assert identity.claims(key.secret)["grants"] == []


def test_a_narrow_key_cannot_make_a_wider_one(identity):
    narrow = identity.role("keyMaker", "identity.apiKeys.*")
    key = identity.key(role_ids=[narrow.id])
    client = Client(
        identity.running,
        metadata=(("authorization", f"Bearer {identity.token(key.secret)}"),),
    )
    refused = refusal(lambda: identity.key(client))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN")
    sent = ApiKey(id=key.id, etag=key.etag, role_ids=[])
    request = UpdateApiKeyRequest(api_key=sent, update_mask=FieldMask(paths=["role_ids"]))
    assert refusal(lambda: client.update_api_key(request)).reason == "GRANT_EXCEEDS_OWN"
    same = identity.key(client, role_ids=[narrow.id])
    assert identity.claims(same.secret)["grants"] == ["identity.apiKeys.*"]
