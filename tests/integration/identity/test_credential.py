"""Credentials: what the internal token says."""

import time

from joserfc import jwt

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE as CONTACTS
from services.identity.rules.grant import of_role, to_texts, united
from tests.integration.identity.people import ROLE_IDS
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest, ListContactsRequest
from wasl.identity.v1.role_service_pb import GetRoleRequest


def test_a_token_lives_a_minute_and_names_person_credential_teams_and_grants(identity):
    team = identity.team("West")
    person = identity.person("ada", "supportAgent", team_id=team.id)
    key = identity.key(user_id=person.id)
    found = jwt.decode(identity.token(key.secret), identity.running.keys.signing)
    assert found.header["alg"] == "ES256"
    claims = found.claims
    assert 50 < claims.pop("exp") - time.time() <= 60
    role = identity.client.get_role(GetRoleRequest(id=ROLE_IDS["supportAgent"]))
    grants = united([[(grant.permission, grant.scope.name) for grant in role.grants]])
    assert claims == {
        "iss": "identity",
        "aud": "wasl",
        "sub": person.id,
        "cred": f"apiKey:{key.id}",
        "team": team.id,
        "teams": [team.id],
        "below": [team.id],
        "grants": to_texts(grants),
        "hidden": ["sales.amounts"],
    }


def test_a_token_for_work_without_the_person_says_so(identity):
    person = identity.person("ada", "analyst")
    assert identity.claims_of(person)["cred"] == "user"
    assert identity.is_worthless("01900000-0000-7000-8000-00000000dead", "user_id")
    key = identity.key(user_id=person.id, role_ids=[ROLE_IDS["employee"]])
    claims = identity.read(identity.resolve("api_key_id", key.id))
    assert claims == identity.claims(key.secret) | {"exp": claims["exp"]}
    assert identity.is_worthless("01900000-0000-7000-8000-00000000dead", "api_key_id")


def test_an_analyst_reads_and_does_not_write(identity, start_service):
    analyst = identity.person("viewer", "analyst")
    contacts = start_service(CONTACTS)

    def client() -> Client:
        token = identity.token(identity.key(user_id=analyst.id).secret)
        return Client(contacts, metadata=(("authorization", f"Bearer {token}"),))

    assert client().list_contacts(ListContactsRequest()).contacts == []
    request = CreateContactRequest(contact=Contact(display_name="Ada"))
    refused = refusal(lambda: client().create_contact(request))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    # The person's own grants are what stops them, not the token.
    identity.change(analyst, role_ids=[ROLE_IDS["salesManager"]])
    assert client().create_contact(request).owner_id == analyst.id


def test_the_grants_of_roles_are_kept_as_the_api_says_them():
    kept = [{"permission": "contacts.*", "scope": "TEAM"}]
    assert of_role(kept) == [("contacts.*", "TEAM")]
