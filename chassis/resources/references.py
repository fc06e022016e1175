"""Records of other services: whether one exists, and which one has a natural key."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from cachetools import TTLCache
from sqlalchemy import Uuid, select
from sqlalchemy.orm import Session

from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.grpc.client import shared_channel
from chassis.grpc.identity import InternalCredential
from chassis.jobs.callers import token_of
from chassis.resources.field_names import find_field
from chassis.resources.mapping import column
from chassis.resources.resource import Resource
from wasl.platform.v1.reference_service_pb import (
    LookUpReferencesRequest,
    LookUpReferencesResponse,
)
from wasl.platform.v1.reference_service_pb_grpc import ReferenceServiceClientSync

# Finds what is no resource of its own by a natural key: (session, field, values).
LookUp = Callable[[Session, str, Sequence[str]], LookUpReferencesResponse]

# So long after a record was deleted it may still be referred to: the price of asking seldom.
_KNOWN_SECONDS = 60
_TIMEOUT = 5
# Identity's look-up: a user's id -> the id of the team they work in.
PRIMARY_TEAMS = "identity.primaryTeams"
_BATCH = 1000


class References:
    """Answers from our own tables, or from the service that owns the resource."""

    def __init__(
        self,
        *,
        own: Mapping[str, Resource],
        lookups: Mapping[str, LookUp],
        address: str,
        credential: InternalCredential,
    ) -> None:
        self._own = own
        self._lookups = lookups
        self._address = address
        self._credential = credential
        # Per person, because a record that one sees is not there for another.
        self._known: TTLCache[tuple[str, str, str], bool] = TTLCache(100_000, _KNOWN_SECONDS)
        self._teams: TTLCache[str, str | None] = TTLCache(100_000, _KNOWN_SECONDS)
        self._lock = Lock()

    def exists(self, call: Call, resource: str, id_: str) -> bool:
        """Whether a record with this id is there, not deleted (up to a minute ago)."""
        if resource in self._lookups:
            # No resource of its own: the rules of what it belongs to check it.
            return True
        if resource in self._own:
            return bool(self._own_ids(call.session, resource, "id", [id_]))
        known = (call.caller.user_id, resource, id_)
        with self._lock:
            if known in self._known:
                return True
        found = bool(self.look_up(call, resource, "id", [id_])[0])
        if found:
            with self._lock:
                self._known[known] = True
        return found

    def team_of(self, call: Call, user_id: str | None) -> str | None:
        """The team that a person works in (up to a minute ago); None without person or team."""
        if not user_id:
            return None
        if user_id == call.caller.user_id:
            return call.caller.team_id or None
        with self._lock:
            if user_id in self._teams:
                return self._teams[user_id]
        team_id = self.look_up(call, PRIMARY_TEAMS, "id", [user_id])[0].get(user_id)
        with self._lock:
            self._teams[user_id] = team_id
        return team_id

    def look_up(
        self, call: Call, resource: str, field: str, values: Sequence[str]
    ) -> tuple[dict[str, str], set[str]]:
        """Ids by the values of a natural key, and the values that more than one record has."""
        ids: dict[str, str] = {}
        ambiguous: set[str] = set()
        for start in range(0, len(values), _BATCH):
            part = values[start : start + _BATCH]
            if resource in self._lookups:
                answer = self._lookups[resource](call.session, field, part)
            elif resource in self._own:
                answer = self._answer(call.session, resource, field, part)
            else:
                answer = self._client(resource).look_up_references(
                    LookUpReferencesRequest(resource=resource, field=field, values=list(part)),
                    timeout=_TIMEOUT,
                    metadata=self._metadata(call),
                )
            ids.update(answer.ids)
            ambiguous.update(answer.ambiguous)
        return ids, ambiguous

    def _client(self, resource: str) -> ReferenceServiceClientSync:
        service = resource.partition(".")[0]
        return ReferenceServiceClientSync(
            shared_channel(self._address.replace("{service}", service))
        )

    def _metadata(self, call: Call) -> tuple[tuple[str, str], ...]:
        """Ours, and that of the person we ask for: the other service shows what they may see."""
        if not call.caller.user_id:
            return self._credential.metadata()
        token = token_of(call.runtime, call.caller)
        return (*self._credential.metadata(), ("authorization", f"Bearer {token}"))

    def _own_ids(self, session: Session, resource: str, field: str, values: Sequence[str]) -> Any:
        return self._answer(session, resource, field, values).ids

    def _answer(
        self, session: Session, resource: str, field: str, values: Sequence[str]
    ) -> LookUpReferencesResponse:
        return answer_look_up(session, self._own[resource], field, values)


def look_up_references(request: LookUpReferencesRequest, call: Call) -> LookUpReferencesResponse:
    """The RPC by which other services ask. Raises InvalidArgument for an unknown key."""
    service = call.runtime.service
    if look_up := service.lookups.get(request.resource):
        return look_up(call.session, request.field, request.values)
    resource = service.by_name.get(request.resource)
    if resource is None:
        raise InvalidArgument(
            "UNKNOWN_RESOURCE", f"{call.service} has no resource {request.resource!r}."
        )
    return answer_look_up(call.session, resource, request.field, request.values)


def answer_look_up(
    session: Session, resource: Resource, field: str, values: Sequence[str]
) -> LookUpReferencesResponse:
    """Finds our own records by a natural key."""
    columns = {"id": "id", **resource.keys}
    known = find_field(field, columns)
    if known is None:
        raise InvalidArgument(
            "UNKNOWN_KEY",
            f"{resource.collection} cannot be looked up by {field!r}, but by "
            f"{', '.join(sorted(columns))}.",
        )
    stored = column(resource.table, columns[known])
    if isinstance(stored.type, Uuid):
        values = [value for value in values if _is_uuid(value)]
    rows = session.execute(
        select(stored, column(resource.table, "id")).where(
            stored.in_(list(values)), column(resource.table, "delete_time").is_(None)
        )
    )
    ids: dict[str, str] = {}
    ambiguous: set[str] = set()
    for value, id_ in rows:
        if value in ids:
            ambiguous.add(value)
        ids[value] = id_
    return LookUpReferencesResponse(ids=ids, ambiguous=sorted(ambiguous))


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
