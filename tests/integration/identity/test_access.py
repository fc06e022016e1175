"""What there is to be granted, and why somebody may or may not."""

import tempfile
from pathlib import Path

import pytest

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE as CONTACTS
from services.identity.service import SERVICE
from tests.integration.identity.people import FIRST_KEY, ROLE_IDS, Identity
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest
from wasl.identity.v1.access_service_pb import ExplainAccessRequest, ListPermissionsRequest
from wasl.identity.v1.role_pb import Scope
from wasl.identity.v1.user_service_pb import DisableUserRequest
from wasl.platform.v1.share_pb import Share
from wasl.platform.v1.share_service_pb import CreateShareRequest

ABSENT = "01900000-0000-7000-8000-00000000dead"


def test_the_permissions_are_those_of_all_services(identity):
    answer = identity.client.list_permissions(ListPermissionsRequest())
    known = {permission.name: permission for permission in answer.permissions}
    assert known["contacts.contacts.update"].scoped
    assert known["sales.opportunities.win"].scoped
    assert known["sales.customFields.create"].collection == "customFields"
    assert not known["identity.users.invite"].scoped
    assert not known["identity.views.update"].scoped
    assert {"contacts.jobs.get", "reporting.jobs.get", "identity.jobs.get"} <= known.keys()
    assert not any("{" in name for name in known)
    groups = {group.name: list(group.fields) for group in answer.field_groups}
    assert "sales.opportunities.amount" in groups["sales.amounts"]


class Suite:
    """identity and contacts that find each other, with a contact of Ada's in team West."""

    def __init__(self, start_service) -> None:
        # Sockets have short paths.
        folder = Path(tempfile.mkdtemp(prefix="wasl-"))
        admin = {"admin_email": "admin@wasl.example", "admin_api_key": FIRST_KEY}
        self.identity = Identity(start_service(SERVICE, suite=folder, **admin))
        contacts = start_service(CONTACTS, suite=folder)
        west = self.identity.team("West")
        self.east = self.identity.team("East")
        self.ada = self.identity.person("ada", "salesRepresentative", team_id=west.id)
        self.bob = self.identity.person("bob", "salesRepresentative", team_id=west.id)
        self.eve = self.identity.person("eve", "salesRepresentative", team_id=self.east.id)
        token = self.identity.resolve("user_id", self.ada.id)
        self.contacts = Client(contacts, metadata=(("authorization", f"Bearer {token}"),))
        request = CreateContactRequest(contact=Contact(display_name="Cem"))
        self.contact = self.contacts.create_contact(request)

    def explain(self, user, permission: str, resource: str | None = None):
        about = f"contacts.contacts/{self.contact.id}" if resource is None else resource
        request = ExplainAccessRequest(user=user, permission=permission, resource=about)
        return self.identity.client.explain_access(request)


@pytest.fixture
def suite(start_service):
    return Suite(start_service)


def test_an_explanation_names_the_grant_the_role_and_the_scope(suite):
    own = suite.explain(suite.ada.id, "contacts.contacts.update")
    assert (own.allowed, own.reason, own.role_key) == (True, "GRANT", "salesRepresentative")
    assert (own.grant.permission, own.grant.scope) == ("contacts.contacts.update", Scope.OWN)
    team = suite.explain("Bob@wasl.example", "contacts.contacts.get")
    assert (team.allowed, team.grant.scope) == (True, Scope.TEAM)
    assert "TEAM" in team.message
    outside = suite.explain(suite.bob.id, "contacts.contacts.update")
    assert (outside.allowed, outside.reason) == (False, "OUT_OF_SCOPE")
    assert outside.role_key == "salesRepresentative"
    foreign = suite.explain(suite.eve.id, "contacts.contacts.get")
    assert (foreign.allowed, foreign.reason) == (False, "OUT_OF_SCOPE")


def test_an_explanation_names_the_share(suite):
    share = Share(resource="contacts.contacts", record_id=suite.contact.id, team_id=suite.east.id)
    made = suite.contacts.create_share(CreateShareRequest(service="contacts", share=share))
    explained = suite.explain(suite.eve.id, "contacts.contacts.get")
    assert (explained.allowed, explained.reason) == (True, "SHARE")
    assert explained.share_id == made.id


def test_an_explanation_says_what_is_missing(suite):
    nothing = suite.explain(suite.ada.id, "identity.users.update", "")
    assert (nothing.allowed, nothing.reason) == (False, "NO_GRANT")
    absent = suite.explain(
        suite.ada.id,
        "contacts.contacts.get",
        f"contacts.contacts/{ABSENT}",
    )
    assert (absent.allowed, absent.reason) == (False, "NOT_FOUND")
    alone = suite.explain(suite.ada.id, "contacts.contacts.get", "")
    assert (alone.allowed, alone.reason) == (True, "GRANT")
    suite.identity.client.disable_user(DisableUserRequest(id=suite.ada.id))
    disabled = suite.explain(suite.ada.id, "contacts.contacts.get")
    assert (disabled.allowed, disabled.reason) == (False, "DISABLED")


@pytest.mark.parametrize(
    ("permission", "resource", "field"),
    [
        ("contacts.contacts.fly", "", "permission"),
        (
            "contacts.contacts.get",
            "sales.products/01900000-0000-7000-8000-00000000dead",
            "resource",
        ),
        ("contacts.contacts.get", "contacts.contacts/x", "resource"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(identity, permission, resource, field):
    request = ExplainAccessRequest(user=identity.admin_id, permission=permission, resource=resource)
    assert refusal(lambda: identity.client.explain_access(request)).fields == [field]


def test_a_person_there_is_not_is_not_found(identity):
    for user in ("nobody@wasl.example", ABSENT):
        request = ExplainAccessRequest(user=user, permission="contacts.contacts.get")
        assert refusal(lambda r=request: identity.client.explain_access(r)).code == "NOT_FOUND"


def test_only_who_may_explain_asks(identity):
    auditor = identity.as_person(identity.person("auditor", "auditor"))
    request = ExplainAccessRequest(user=identity.admin_id, permission="contacts.contacts.get")
    assert auditor.explain_access(request).allowed
    employee = identity.as_person(identity.person("ada", role_ids=[ROLE_IDS["employee"]]))
    assert refusal(lambda: employee.explain_access(request)).code == "PERMISSION_DENIED"
