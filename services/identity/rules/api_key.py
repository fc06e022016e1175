"""How API keys are made and proved: `wasl_<public id>_<secret>`."""

import hashlib
import hmac
import secrets

from chassis.errors import PermissionDenied, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.resources.standard import now
from services.identity.rules.access import Worth, access_of
from services.identity.rules.grant import refuse_to_exceed
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.user import UserRow

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def new_key() -> str:
    """A new key: 16 letters to find it by, then 43 that are the secret (256 bits)."""
    return f"wasl_{_random(16)}_{_random(43)}"


def public_id(key: str) -> str:
    """The part of a key by which it is found; empty when it is no key."""
    parts = key.split("_")
    return parts[1] if len(parts) == 3 and parts[0] == "wasl" else ""


def hash_key(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).digest()


def proves(key: str, row: ApiKeyRow) -> bool:
    """Whether a key is the one of a row, in a time that tells nothing."""
    return hmac.compare_digest(hash_key(key), row.secret_hash)


def prepare_api_key(call: Call, row: ApiKeyRow, write: Write) -> None:
    """Gives the key its owner. Raises PermissionDenied for a key that acts as somebody else."""
    if write.is_new:
        row.user_id = row.user_id or call.caller.user_id
    elif "user_id" in write.fields:
        raise invalid_field("apiKey.userId", "cannot change", reason="IMMUTABLE")
    acts_as_another = row.user_id != call.caller.user_id
    if acts_as_another and not call.caller.may("identity.users.update"):
        raise PermissionDenied(
            "PERMISSION_DENIED", "Only who may change users can make a key that acts as another."
        )
    row.role_ids = [id_.lower() for id_ in row.role_ids]
    if write.is_new or "role_ids" in write.fields:
        _refuse_to_exceed_the_maker(call, row)
    if "expire_time" in write.fields and row.expire_time and row.expire_time <= now():
        raise invalid_field("apiKey.expireTime", "is in the past")


def _refuse_to_exceed_the_maker(call: Call, row: ApiKeyRow) -> None:
    # Else a key with few roles could make one with all of its person's, or of somebody else's.
    user = call.session.get_one(UserRow, row.user_id)
    access = access_of(call.session, Worth(user, "", tuple(row.role_ids)))
    refuse_to_exceed(call, access.grants, hidden=access.hidden, what="The key")


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
