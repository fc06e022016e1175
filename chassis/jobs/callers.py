"""On whose behalf work goes on when the request that began it is over."""

import time
from typing import TYPE_CHECKING, Any

import grpc
from protobuf import Oneof

from chassis.errors import Unauthenticated
from chassis.grpc.client import shared_channel
from chassis.grpc.identity import Caller
from wasl.identity.v1.credential_service_pb import ResolveCredentialRequest
from wasl.identity.v1.credential_service_pb_grpc import CredentialServiceClientSync

if TYPE_CHECKING:
    from chassis.service import Runtime

# Seconds. So long after they were disabled somebody's work may go on (design §8).
FRESH = 30.0
# Where the trail of the call that began the work stands beside its caller.
TRAIL = "trail"
_TIMEOUT = 5.0


def caller_as_json(caller: Caller) -> dict[str, Any]:
    """What is kept of a caller beside the work: all but the token, which lives a minute."""
    return {
        "userId": caller.user_id,
        "grants": list(caller.grants),
        "teamId": caller.team_id,
        "teamIds": list(caller.team_ids),
        "belowIds": list(caller.below_ids),
        "hidden": sorted(caller.hidden),
        "credential": caller.credential,
    }


def caller_from_json(kept: dict[str, Any]) -> Caller:
    """The caller that was kept, without a token."""
    return Caller(
        user_id=kept.get("userId", ""),
        grants=tuple(kept.get("grants", ())),
        team_id=kept.get("teamId", ""),
        team_ids=tuple(kept.get("teamIds", ())),
        below_ids=tuple(kept.get("belowIds", ())),
        hidden=frozenset(kept.get("hidden", ())),
        credential=kept.get("credential", ""),
    )


class OnBehalf:
    """A caller whose work takes long: asked about again every half minute."""

    def __init__(self, runtime: "Runtime", caller: Caller) -> None:
        self._runtime, self._caller = runtime, caller
        self._asked = time.monotonic()

    def caller(self) -> Caller:
        """The caller with the grants of now. Raises Unauthenticated when they have no access."""
        if self._caller.user_id and time.monotonic() - self._asked > FRESH:
            self._caller = resolve_again(self._runtime, self._caller)
            self._asked = time.monotonic()
        return self._caller


def token_of(runtime: "Runtime", caller: Caller) -> str:
    """A token of a caller that other services take: their own while it holds, else a new one."""
    if caller.token and runtime.verifier.holds(caller.token):
        return caller.token
    return resolve_again(runtime, caller).token


def resolve_again(runtime: "Runtime", caller: Caller) -> Caller:
    """Asks identity who somebody is now. Raises Unauthenticated when they have no access any more.

    An API key stands for itself; a browser may be closed, so a session stands for its person.
    """
    kind, _, id_ = caller.credential.partition(":")
    credential: Oneof[Any, str] = (
        Oneof("api_key_id", id_) if kind == "apiKey" else Oneof("user_id", caller.user_id)
    )
    address = runtime.settings.service_address.replace("{service}", "identity")
    try:
        answer = CredentialServiceClientSync(shared_channel(address)).resolve_credential(
            ResolveCredentialRequest(credential=credential),
            timeout=_TIMEOUT,
            metadata=runtime.credential.metadata(),
        )
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.UNAUTHENTICATED:
            raise
        raise Unauthenticated(
            "CALLER_GONE", "Whoever began this has no access any more."
        ) from error
    return runtime.verifier.caller(answer.token)
