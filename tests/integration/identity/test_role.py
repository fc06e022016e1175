"""Roles: those that come with Wasl, those that people make, and what nobody can give away."""

import pytest
from sqlalchemy import select, update

from chassis.database.tables import OutboxRow
from chassis.grpc.catalogue import field_groups, is_permission, permissions
from chassis.grpc.grants import covers
from chassis.testing.client import refusal
from services.identity.rules.ready_made_roles import READY_MADE_ROLES
from services.identity.rules.role import make_ready_made_roles
from services.identity.tables.role import RoleRow
from tests.integration.identity.people import ROLE_IDS, grant
from wasl.identity.v1.role_service_pb import DeleteRoleRequest, GetRoleRequest, ListRolesRequest

# Of services that come later.
LATER = ("leads.", "marketing.", "support.", "hr.", "workflow.")


def role_of(identity, key):
    return identity.client.get_role(GetRoleRequest(id=ROLE_IDS[key]))


def test_twelve_roles_come_with_wasl_and_say_in_three_languages_what_they_are(identity):
    roles = identity.client.list_roles(ListRolesRequest()).roles
    assert {role.key for role in roles} == {role.key for role in READY_MADE_ROLES}
    assert len(roles) == 12
    for role in roles:
        assert role.built_in
        for words in (role.label, role.description):
            assert all([words.en, words.ar, words.fa])


@pytest.mark.parametrize("role", READY_MADE_ROLES, ids=lambda role: role.key)
def test_a_ready_made_role_grants_only_what_there_is(role):
    unknown = [
        pattern
        for pattern, _ in role.grants
        if not is_permission(pattern) and not pattern.startswith(LATER)
    ]
    assert unknown == []
    assert set(role.hides) <= {group.name for group in field_groups()}


def test_every_permission_is_in_a_ready_made_role_besides_the_administrators():
    # What only an administrator may: roles, providers.
    alone = {
        known.name
        for known in permissions()
        if not any(
            covers(pattern, known.name)
            for role in READY_MADE_ROLES
            if role.key != "administrator"
            for pattern, _ in role.grants
        )
    }
    assert {name.rpartition(".")[0] for name in alone} <= {
        "identity.roles",
        "identity.oidcProviders",
        "identity.customFields",
        "identity.shares",
    }


def test_a_ready_made_role_can_neither_be_changed_nor_deleted(identity):
    role = role_of(identity, "salesManager")
    attempts = [
        lambda: identity.change_role(role, grants=[grant("*")]),
        lambda: identity.change_role(role, hidden_fields=["sales.amounts"]),
        lambda: identity.client.delete_role(DeleteRoleRequest(id=role.id, etag=role.etag)),
    ]
    for attempt in attempts:
        refused = refusal(attempt)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "BUILT_IN_ROLE")


def test_a_release_brings_the_ready_made_roles_to_what_it_says_of_them(identity):
    before = role_of(identity, "analyst")
    make_ready_made_roles(identity.running.runtime)
    assert role_of(identity, "analyst") == before
    with identity.running.session() as session:
        session.execute(update(RoleRow).where(RoleRow.id == before.id).values(grants=[]))
        told = len(session.scalars(select(OutboxRow.event_id)).all())
    make_ready_made_roles(identity.running.runtime)
    after = role_of(identity, "analyst")
    assert after.grants == before.grants
    assert int(after.etag) > int(before.etag)
    with identity.running.session() as session:
        keys = session.scalars(select(OutboxRow.key).order_by(OutboxRow.sequence)).all()
    assert keys[told:] == ["identity.role.updated"]


def test_a_copy_of_any_ready_made_role_can_be_made(identity):
    for ready in READY_MADE_ROLES:
        role = role_of(identity, ready.key)
        made = identity.role(
            f"{ready.key}Copy",
            grants=role.grants,
            hidden_fields=role.hidden_fields,
            label=role.label,
            description=role.description,
        )
        assert (made.grants, made.hidden_fields) == (role.grants, role.hidden_fields)
        assert not made.built_in


@pytest.mark.parametrize(
    ("permission", "field"),
    [
        ("contacts.contacts.fly", "role.grants[1].permission"),
        ("contact.*", "role.grants[1].permission"),
        ("contacts.people.*", "role.grants[1].permission"),
    ],
)
def test_a_permission_there_is_not_is_refused(identity, permission, field):
    refused = refusal(lambda: identity.role("own", "contacts.*", permission))
    assert [(v.field, v.reason) for v in refused.violations] == [(field, "UNKNOWN_PERMISSION")]


def test_a_group_of_fields_there_is_not_is_refused(identity):
    refused = refusal(lambda: identity.role("own", "contacts.*", hidden_fields=["sales.secrets"]))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("role.hiddenFields[0]", "UNKNOWN_FIELD_GROUP")
    ]


def test_a_role_that_somebody_has_cannot_be_deleted(identity):
    role = identity.role("own", "contacts.*:TEAM")
    person = identity.person("ada", role_ids=[role.id])
    request = DeleteRoleRequest(id=role.id, etag=role.etag)
    refused = refusal(lambda: identity.client.delete_role(request))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "ROLE_IN_USE")
    identity.change(person, role_ids=[])
    key = identity.key(role_ids=[role.id])
    assert refusal(lambda: identity.client.delete_role(request)).reason == "ROLE_IN_USE"
    assert key.role_ids == [role.id]
    other = identity.role("other", "contacts.*:TEAM")
    identity.client.delete_role(DeleteRoleRequest(id=other.id, etag=other.etag))
    # A deleted role gives its key free.
    identity.role("other", "contacts.*:TEAM")


def test_nobody_makes_a_role_with_more_than_they_hold(identity):
    keeper = identity.role(
        "keeper", "identity.roles.*", "identity.users.*", "contacts.*:SUBTREE", "sales.products.get"
    )
    client = identity.as_person(identity.person("ada", role_ids=[keeper.id]))
    allowed = identity.role("small", "contacts.contacts.get:TEAM", client=client)
    for more in (
        "*",
        "contacts.*",
        "contacts.contacts.get",
        "sales.products.*",
        "sales.products.list:OWN",
        "identity.teams.get",
    ):
        refused = refusal(lambda more=more: identity.role("big", more, client=client))
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN")
        refused = refusal(
            lambda more=more: identity.change_role(allowed, grants=[grant(more)], client=client)
        )
        assert refused.reason == "GRANT_EXCEEDS_OWN"


def test_nobody_makes_a_role_that_shows_what_they_do_not_see(identity):
    keeper = identity.role("keeper", "identity.roles.*", "sales.*", hidden_fields=["sales.amounts"])
    client = identity.as_person(identity.person("ada", role_ids=[keeper.id]))
    refused = refusal(lambda: identity.role("open", "sales.*", client=client))
    assert refused.reason == "GRANT_EXCEEDS_OWN"
    identity.role("closed", "sales.*", client=client, hidden_fields=["sales.amounts"])


def test_a_group_is_hidden_when_every_role_hides_it(identity):
    closed = identity.role("closed", "sales.*", hidden_fields=["sales.amounts"])
    open_ = identity.role("open", "contacts.*")
    one = identity.person("ada", role_ids=[closed.id])
    both = identity.person("bob", role_ids=[closed.id, open_.id])
    assert identity.claims_of(one)["hidden"] == ["sales.amounts"]
    assert identity.claims_of(both)["hidden"] == []


def test_the_widest_scope_of_all_roles_counts(identity):
    one = identity.role("one", "contacts.contacts.*:TEAM", "sales.*:OWN")
    two = identity.role("two", "contacts.*:OWN", "sales.opportunities.get:ALL")
    person = identity.person("ada", role_ids=[one.id, two.id])
    assert identity.claims_of(person)["grants"] == [
        "contacts.*:OWN",
        "contacts.contacts.*:TEAM",
        "sales.*:OWN",
        "sales.opportunities.get",
    ]
    admin = identity.person("eve", role_ids=[one.id, ROLE_IDS["administrator"]])
    assert identity.claims_of(admin)["grants"] == ["*"]


def test_roles_are_found_by_their_words_in_any_language(identity):
    for text in ("manager", "فروش", "مبيعات"):
        found = identity.client.list_roles(ListRolesRequest(q=text)).roles
        assert "salesManager" in {role.key for role in found}
