"""Secrets change while processes with the former and the next setting run side by side."""

import itertools
import json

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.grpc.identity import InternalCredential
from chassis.testing.client import Client, refusal
from chassis.testing.running import RunningService
from services.contacts.service import SERVICE
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest, ListContactsRequest
from wasl.platform.v1.reference_service_pb import LookUpReferencesRequest

OLD, NEW = ("an internal key that will be changed", "the internal key that comes after it")
# What every process is told, one step after the other (docs/operations.md).
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)


@pytest.fixture
def beside(start_service):
    """Starts processes of one service on one database, each with another setting."""
    first = start_service(SERVICE)
    started: list[RunningService] = []

    def start(**settings) -> RunningService:
        url = first.runtime.settings.database_url
        made = RunningService(
            SERVICE, first.keys.settings(SERVICE, url, **settings), keys=first.keys
        )
        made.start(serves=True, works=False)
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop()


def calls_as_another_process(running, key: str) -> None:
    credential = InternalCredential(issuer="sales", internal_key=key)
    Client(running, metadata=credential.metadata()).look_up_references(
        LookUpReferencesRequest(resource="contacts.companies", field="name", values=["Acme"])
    )


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(STEPS)))
def test_pages_retries_and_internal_calls_go_on_between_two_steps_of_a_new_internal_key(
    beside, before, after
):
    processes = [beside(internal_key=key) for key in (before, after)]
    clients = [Client(process) for process in processes]
    for number in range(3):
        clients[0].create_contact(CreateContactRequest(contact=Contact(display_name=f"{number}")))
    for mine, other, key in zip(clients, reversed(processes), (before, after), strict=True):
        theirs = Client(other)
        page = mine.list_contacts(ListContactsRequest(page_size=2))
        rest = ListContactsRequest(page_size=2, page_token=page.next_page_token)
        assert theirs.list_contacts(rest) == mine.list_contacts(rest)
        calls_as_another_process(other, key)
        request = CreateContactRequest(contact=Contact(display_name="once"))
        made = mine.create_contact(request, idempotency_key=key)
        assert theirs.create_contact(request, idempotency_key=key) == made
        file = {"data": b"displayName\nAda\n", "idempotency_key": f"file {key}"}
        assert theirs.upload("import_contacts", **file) == mine.upload("import_contacts", **file)


def test_a_step_that_is_left_out_is_an_outage(beside):
    # What the order of the steps is for: a process that signs with what others have not heard of.
    late, early = beside(internal_key=OLD), beside(internal_key=f"{NEW},{OLD}")
    refused = refusal(lambda: calls_as_another_process(late, early.runtime.settings.internal_key))
    assert refused.code == "UNAUTHENTICATED"


def test_what_a_retired_key_has_signed_is_worth_nothing(beside):
    retired, now = beside(internal_key=OLD), beside(internal_key=NEW)
    for name in ("a", "b"):
        Client(now).create_contact(CreateContactRequest(contact=Contact(display_name=name)))
    token = Client(retired).list_contacts(ListContactsRequest(page_size=1)).next_page_token
    asked = ListContactsRequest(page_size=1, page_token=token)
    assert refusal(lambda: Client(now).list_contacts(asked)).reason == "INVALID_PAGE_TOKEN"
    assert refusal(lambda: calls_as_another_process(now, OLD)).code == "UNAUTHENTICATED"


def test_tokens_of_both_keys_are_taken_while_the_token_key_changes_and_then_only_the_new_ones(
    beside, keys
):
    new = ECKey.generate_key("P-256", {"alg": "ES256"}, auto_kid=True)
    both = KeySet([ECKey.import_key(key.as_dict(private=False)) for key in (keys.signing, new)])
    only_new = KeySet([ECKey.import_key(new.as_dict(private=False))])

    def count(running, key: ECKey, kid: str) -> int:
        claims = jwt.decode(keys.token(), keys.signing).claims
        token = jwt.encode({"alg": "ES256", "kid": kid}, claims, key)
        client = Client(running, metadata=(("authorization", f"Bearer {token}"),))
        return len(client.list_contacts(ListContactsRequest()).contacts)

    during = beside(token_public_keys=json.dumps(both.as_dict()))
    assert count(during, keys.signing, "test") == count(during, new, new.kid) == 0
    afterwards = beside(token_public_keys=json.dumps(only_new.as_dict()))
    assert count(afterwards, new, new.kid) == 0
    assert refusal(lambda: count(afterwards, keys.signing, "test")).code == "UNAUTHENTICATED"
