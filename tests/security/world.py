"""A small company on real services: teams, people with the ready-made roles, their records.

    West          East, where the people of the matrix work
    └ Eve         ├ Bob, and one person for each ready-made role
                  └ North
                    └ Nora

A record lies in one of four places, seen from a person in East: `own`, `team` (Bob's), `subtree`
(Nora's) and `foreign` (Eve's).
"""

from dataclasses import dataclass, field
from typing import Any

import httpx
from protobuf import Oneof

from chassis.database.tables import JobRow, ShareRow
from chassis.testing.client import Client
from services.identity.rules.ready_made_roles import READY_MADE_ROLES
from tests.e2e.client import Api
from wasl.identity.v1.credential_service_pb import ResolveCredentialRequest

PLACES = ("own", "team", "subtree", "foreign")
# What a scope reaches, seen from a person in East.
REACHED = {
    "OWN": {"own"},
    "TEAM": {"own", "team"},
    "SUBTREE": {"own", "team", "subtree"},
    "ALL": set(PLACES),
}
# Resources whose records have owners, and what a record of each needs beside.
OWNED: dict[str, dict[str, Any]] = {
    "contacts.contacts": {"displayName": "Person"},
    "contacts.companies": {"name": "Company"},
    "sales.opportunities": {"name": "Deal", "amount": {"amount": "10.00", "currency": "USD"}},
}
SERVICES_WITH_JOBS = ("contacts", "identity", "reporting", "sales")


@dataclass
class Person:
    """Somebody with a role and a key."""

    role: str
    user_id: str
    key: str
    grants: tuple[tuple[str, str], ...] = ()
    team_id: str = ""
    # Record ids by resource: their own.
    own: dict[str, str] = field(default_factory=dict)

    def scope(self, permission: str) -> str:
        """The widest scope of the role's grants for a permission; empty without one.

        Written anew here, so that the service's own reading of grants is tested against it.
        """
        best = ""
        for pattern, scope in self.grants:
            wanted, asked = pattern.split("."), permission.split(".")
            fits = all(a == b for a, b in zip(wanted, asked, strict=False) if a != "*")
            whole = wanted[-1] == "*" or len(wanted) == len(asked)
            if fits and whole and list(REACHED).index(scope) >= _rank(best):
                best = scope
        return best


def _rank(scope: str) -> int:
    return list(REACHED).index(scope) if scope else -1


class World:
    """The company, its people and where its records lie."""

    def __init__(self, services: dict[str, Any], admin: Api) -> None:
        self.services, self.admin = services, admin
        self.teams = self._teams()
        self.bob = self._person("employee", "East", name="bob")
        self.nora = self._person("employee", "North", name="nora")
        self.eve = self._person("employee", "West", name="eve")
        self.people = [
            self._person(role.key, "East", grants=role.grants) for role in READY_MADE_ROLES
        ]
        for person, place in (
            (self.bob, "team"),
            (self.nora, "subtree"),
            (self.eve, "foreign"),
            *((person, "own") for person in self.people),
        ):
            person.own = self._records(person, self.team(place))
            person.team_id = self.team(place)

    def record(self, person: Person, resource: str, place: str) -> str:
        """The id of the record that lies in a place, seen from a person."""
        return self.owner(person, place).own[resource]

    def owner(self, person: Person, place: str) -> Person:
        """Whose records lie in a place, seen from a person."""
        return {"own": person, "team": self.bob, "subtree": self.nora, "foreign": self.eve}[place]

    def team(self, place: str) -> str:
        """The id of the team whose records lie in a place."""
        name = {"own": "East", "team": "East", "subtree": "North", "foreign": "West"}[place]
        return self.teams[name]

    def token(self, person: Person) -> str:
        """The internal token that identity gives for a person's key."""
        wasl = Client(
            self.services["identity"],
            metadata=self.services["identity"].runtime.credential.metadata(),
        )
        answer = wasl.resolve_credential(
            ResolveCredentialRequest(credential=Oneof("api_key", person.key))
        )
        return str(answer.token)

    def share(self, resource: str, record: str) -> str:
        """The id of the share of a record with Bob, made when there is none."""
        service = self.services[resource.partition(".")[0]]
        with service.session() as session:
            wanted = {"resource": resource, "record_id": record, "delete_time": None}
            row = session.query(ShareRow).filter_by(**wanted).first()
            if row is None:
                row = ShareRow(
                    resource=resource, record_id=record, user_id=self.bob.user_id, level="READ"
                )
                session.add(row)
                session.flush()
            return str(row.id)

    def _teams(self) -> dict[str, str]:
        teams: dict[str, str] = {}
        for name, parent in (("East", ""), ("North", "East"), ("West", "")):
            body = {"name": name, "parentId": teams.get(parent, "")}
            teams[name] = self.admin.post("/v1/teams", body)["id"]
        return teams

    def _person(
        self, role: str, team: str, *, name: str = "", grants: tuple[tuple[str, str], ...] = ()
    ) -> Person:
        role_id = next(one.id for one in READY_MADE_ROLES if one.key == role)
        user = self.admin.post(
            "/v1/users",
            {
                "email": f"{(name or role).lower()}@matrix.example",
                "displayName": name or role,
                "teamId": self.teams[team],
                "roleIds": [role_id],
            },
        )
        key = self.admin.post("/v1/apiKeys", {"displayName": "matrix", "userId": user["id"]})
        return Person(role, user["id"], key["secret"], grants)

    def _records(self, owner: Person, team: str) -> dict[str, str]:
        made: dict[str, str] = {}
        for resource, fields in OWNED.items():
            collection = resource.partition(".")[2]
            body = fields | {"ownerId": owner.user_id, "teamId": team}
            made[resource] = self.admin.post(f"/v1/{collection}", body)["id"]
        for service in SERVICES_WITH_JOBS:
            with self.services[service].session() as session:
                job = JobRow(
                    kind="test", state="SUCCEEDED", options=b"", owner_id=owner.user_id,
                    team_id=team,
                )  # fmt: skip
                session.add(job)
                session.flush()
                made[f"{service}.jobs"] = job.id
        return made


@dataclass
class Outcome:
    """What came of a call (`passed`, `denied`, `absent`, `beyond`, `broken`) and what it gave."""

    kind: str
    told: str = ""


def outcome_of_status(answer: httpx.Response) -> Outcome:
    """The outcome of an HTTP answer."""
    code = answer.json().get("code", "") if "problem" in answer.headers["content-type"] else ""
    return Outcome(
        _kind(str(answer.status_code), code), f"{answer.status_code} {answer.text[:200]}"
    )


def outcome_of_refusal(code: str, reason: str) -> Outcome:
    """The outcome of a gRPC refusal."""
    return Outcome(_kind(code, reason), f"{code} {reason}")


def _kind(code: str, reason: str) -> str:
    if code in (
        "INTERNAL",
        "UNKNOWN",
        "UNAUTHENTICATED",
        "UNIMPLEMENTED",
        "401",
    ) or code.startswith("5"):
        return "broken"
    if reason in ("PERMISSION_DENIED", "OUT_OF_SCOPE"):
        return {"PERMISSION_DENIED": "denied", "OUT_OF_SCOPE": "beyond"}[reason]
    return "absent" if reason == "NOT_FOUND" else "passed"
