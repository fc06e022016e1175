"""Contacts, over gRPC, on a real database."""

from collections.abc import Callable

import grpc
import pytest
from protobuf.wkt import FieldMask

from chassis.grpc.status import reason_of
from chassis.testing.running import RunningService
from services.contacts.service import SERVICE
from wasl.contacts.v1.contact_pb import Contact, EmailAddress, PhoneNumber
from wasl.contacts.v1.contact_service_pb import (
    CreateContactRequest,
    DeleteContactRequest,
    GetContactRequest,
    ListContactsRequest,
    UndeleteContactRequest,
    UpdateContactRequest,
)
from wasl.contacts.v1.contact_service_pb_grpc import ContactServiceClientSync


class Client:
    """ContactService as a person with all grants calls it."""

    def __init__(self, running: RunningService) -> None:
        self._stub = ContactServiceClientSync(running.channel())
        self._metadata = running.metadata()

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda request: getattr(self._stub, name)(
            request, metadata=self._metadata, timeout=10
        )


@pytest.fixture
def contacts(start_service) -> Client:
    return Client(start_service(SERVICE))


def add(contacts: Client, name: str, **fields) -> Contact:
    return contacts.create_contact(
        CreateContactRequest(contact=Contact(display_name=name, **fields))
    )


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        work()
    return reason_of(caught.value)


def test_a_created_contact_is_read_back_as_it_was_written(contacts):
    made = add(
        contacts,
        "محمد رضایی",
        emails=[EmailAddress(address="Ali@Wasl.Example", type="work")],
        phones=[PhoneNumber(number="+98 912 123 4567")],
        tags=["vip"],
    )
    read = contacts.get_contact(GetContactRequest(id=made.id))
    assert read == made
    assert read.display_name == "محمد رضایی"
    assert read.emails[0].address == "Ali@wasl.example"
    assert read.phones[0].number == "+989121234567"


@pytest.mark.parametrize("q", ["mohamed", "محمد", "رضايي", "98912", "ali@wasl", "Mohammad"])
def test_a_person_is_found_by_part_of_a_name_in_any_script(contacts, q):
    made = add(
        contacts,
        "محمد رضایی",
        emails=[EmailAddress(address="ali@wasl.example")],
        phones=[PhoneNumber(number="+989121234567")],
    )
    add(contacts, "Someone Else")
    found = contacts.list_contacts(ListContactsRequest(q=q))
    assert [contact.id for contact in found.contacts] == [made.id]


def test_an_update_needs_the_etag_and_refuses_an_old_one(contacts):
    made = add(contacts, "Ada")

    def update(etag: str) -> Contact:
        return contacts.update_contact(
            UpdateContactRequest(
                contact=Contact(id=made.id, etag=etag, job_title="Countess"),
                update_mask=FieldMask(paths=["job_title"]),
            )
        )

    assert refusal(lambda: update("")) == "ETAG_REQUIRED"
    changed = update("1")
    assert (changed.etag, changed.job_title, changed.display_name) == ("2", "Countess", "Ada")
    assert refusal(lambda: update("1")) == "ETAG_MISMATCH"


def test_a_deleted_contact_is_gone_until_it_is_undeleted(contacts):
    made = add(contacts, "Ada")
    contacts.delete_contact(DeleteContactRequest(id=made.id, etag=made.etag))
    assert refusal(lambda: contacts.get_contact(GetContactRequest(id=made.id))) == "NOT_FOUND"
    assert not contacts.list_contacts(ListContactsRequest()).contacts
    contacts.undelete_contact(UndeleteContactRequest(id=made.id))
    assert contacts.get_contact(GetContactRequest(id=made.id)).display_name == "Ada"


@pytest.mark.parametrize("order_by", ["", "display_name", "display_name desc", "update_time"])
def test_pages_join_to_the_whole_list_without_gaps_or_repeats(contacts, order_by):
    made = {add(contacts, f"Person {number % 7}").id for number in range(23)}
    seen: list[str] = []
    token = ""
    while True:
        page = contacts.list_contacts(
            ListContactsRequest(page_size=5, page_token=token, order_by=order_by)
        )
        seen += [contact.id for contact in page.contacts]
        token = page.next_page_token
        if not token:
            break
    assert len(seen) == 23
    assert set(seen) == made


def test_a_page_token_of_another_query_is_refused(contacts):
    for number in range(3):
        add(contacts, f"Person {number}")
    token = contacts.list_contacts(ListContactsRequest(page_size=1)).next_page_token
    other = ListContactsRequest(page_size=1, page_token=token, filter='displayName = "x"')
    assert refusal(lambda: contacts.list_contacts(other)) == "INVALID_PAGE_TOKEN"
    forged = ListContactsRequest(page_token=token[:-2] + "AA")
    assert refusal(lambda: contacts.list_contacts(forged)) == "INVALID_PAGE_TOKEN"


def test_validate_only_checks_everything_and_writes_nothing(contacts):
    checked = contacts.create_contact(
        CreateContactRequest(contact=Contact(display_name="Ada"), validate_only=True)
    )
    assert checked.display_name == "Ada"
    assert not contacts.list_contacts(ListContactsRequest()).contacts
    bad = CreateContactRequest(contact=Contact(), validate_only=True)
    assert refusal(lambda: contacts.create_contact(bad)) == "INVALID_FIELD"


def test_a_nul_character_is_refused_with_the_name_of_its_field(contacts):
    with pytest.raises(grpc.RpcError) as caught:
        add(contacts, "A\0da")
    assert "contact.display_name" in caught.value.details()
