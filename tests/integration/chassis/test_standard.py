"""The standard methods, beyond what the contacts' own tests show."""

import pytest
from protobuf.wkt import FieldMask

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from wasl.contacts.v1.company_pb import Company
from wasl.contacts.v1.company_service_pb import CreateCompanyRequest, UpdateCompanyRequest
from wasl.contacts.v1.contact_pb import Contact, EmailAddress
from wasl.contacts.v1.contact_service_pb import (
    BatchGetContactsRequest,
    CreateContactRequest,
    DeleteContactRequest,
    ExportContactsRequest,
    GetContactRequest,
    UpdateContactRequest,
)
from wasl.platform.v1.imports_pb import TableFormat

NOBODY = "01900000-0000-7000-8000-00000000dead"


@pytest.fixture
def contacts(start_service):
    return Client(start_service(SERVICE))


def add(contacts, name: str, **fields) -> Contact:
    contact = Contact(display_name=name, **fields)
    return contacts.create_contact(CreateContactRequest(contact=contact))


def test_several_are_read_in_the_order_of_their_ids(contacts):
    made = [add(contacts, name) for name in ("Ada", "Bob", "Eve")]
    ids = [made[2].id, made[0].id.upper(), made[2].id]
    answer = contacts.batch_get_contacts(BatchGetContactsRequest(ids=ids))
    assert [contact.display_name for contact in answer.contacts] == ["Eve", "Ada", "Eve"]


def test_one_missing_fails_them_all(contacts):
    made = add(contacts, "Ada")
    request = BatchGetContactsRequest(ids=[made.id, NOBODY])
    refused = refusal(lambda: contacts.batch_get_contacts(request))
    assert (refused.code, refused.reason) == ("NOT_FOUND", "NOT_FOUND")
    assert NOBODY in refused.message


@pytest.mark.parametrize("ids", [[], [NOBODY] * 1001, ["Ada"]])
def test_a_batch_has_one_to_a_thousand_ids(contacts, ids):
    refused = refusal(lambda: contacts.batch_get_contacts(BatchGetContactsRequest(ids=ids)))
    assert refused.code == "INVALID_ARGUMENT"
    assert refused.fields[0].startswith("ids")


def test_an_update_clears_what_its_mask_names_and_the_body_leaves_out(contacts):
    made = add(contacts, "Ada", job_title="Countess", tags=["vip"])
    request = UpdateContactRequest(
        contact=Contact(id=made.id, etag=made.etag),
        update_mask=FieldMask(paths=["job_title", "tags"]),
    )
    changed = contacts.update_contact(request)
    assert (changed.display_name, changed.job_title, changed.tags) == ("Ada", "", [])


def test_an_update_of_a_field_that_is_not_there_is_refused_by_name(contacts):
    made = add(contacts, "Ada")
    request = UpdateContactRequest(
        contact=Contact(id=made.id, etag=made.etag), update_mask=FieldMask(paths=["shoe_size"])
    )
    refused = refusal(lambda: contacts.update_contact(request))
    assert [(v.field, v.reason) for v in refused.violations] == [("updateMask", "UNKNOWN_FIELD")]


def test_an_update_that_says_what_is_so_already_makes_no_new_version(contacts):
    made = add(contacts, "Ada", emails=[EmailAddress(address="ada@wasl.example")])
    sent = Contact(id=made.id, etag=made.etag, display_name="Ada", emails=made.emails)
    assert contacts.update_contact(UpdateContactRequest(contact=sent)) == made


def test_a_reference_to_what_is_not_there_is_refused_by_name(contacts):
    refused = refusal(lambda: add(contacts, "Ada", company_id=NOBODY))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["contact.company_id"])


def test_a_company_cannot_belong_to_itself_however_long_the_way(contacts):
    def company(name: str, parent: str = "") -> Company:
        sent = Company(name=name, parent_id=parent)
        return contacts.create_company(CreateCompanyRequest(company=sent))

    top = company("Top")
    middle = company("Middle", top.id)
    bottom = company("Bottom", middle.id)
    for child in (top, middle, bottom):
        sent = Company(id=top.id, etag=top.etag, parent_id=child.id)
        request = UpdateCompanyRequest(company=sent, update_mask=FieldMask(paths=["parent_id"]))
        refused = refusal(lambda request=request: contacts.update_company(request))
        assert [(v.field, v.reason) for v in refused.violations] == [("company.parentId", "CIRCLE")]


def test_a_dry_run_of_every_write_leaves_everything_as_it_was(contacts):
    made = add(contacts, "Ada")
    update = UpdateContactRequest(
        contact=Contact(id=made.id, etag=made.etag, job_title="Countess"), validate_only=True
    )
    assert contacts.update_contact(update).job_title == "Countess"
    delete = DeleteContactRequest(id=made.id, etag=made.etag, validate_only=True)
    assert contacts.delete_contact(delete).delete_time is not None
    assert contacts.get_contact(GetContactRequest(id=made.id)) == made


@pytest.mark.parametrize("format_", [TableFormat.CSV, TableFormat.XLSX])
def test_an_export_of_chosen_fields_has_what_matches(contacts, format_):
    for name in ("Ada", "Bob", "پریسا"):
        add(contacts, name, tags=["a", "b"] if name != "Bob" else [])
    request = ExportContactsRequest(
        filter="tags:a", order_by="display_name", fields=["displayName", "tags"], format=format_
    )
    data = contacts.download("export_contacts", request)
    if format_ == TableFormat.XLSX:
        assert data.startswith(b"PK")
        return
    assert data.decode("utf-8-sig").splitlines() == ["displayName,tags", "Ada,a; b", "پریسا,a; b"]


def test_an_export_of_a_field_that_is_not_there_is_refused_by_name(contacts):
    request = ExportContactsRequest(fields=["shoeSize"])
    refused = refusal(lambda: contacts.export_contacts(request))
    assert [(v.field, v.reason) for v in refused.violations] == [("fields", "UNKNOWN_FIELD")]


def test_a_cell_that_a_spreadsheet_would_run_is_only_text(contacts):
    add(contacts, "=1+1")
    request = ExportContactsRequest(fields=["displayName"])
    (_, line) = contacts.download("export_contacts", request).decode("utf-8-sig").splitlines()
    assert not line.lstrip('"').startswith("=")
