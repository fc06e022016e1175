"""Fields that customers add: checked on every path, usable in filters and imports."""

import pytest
from protobuf import message_from_json_value, message_to_json_value
from protobuf.wkt import FieldMask, Struct

from chassis.jobs.runner import JobRunner
from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import (
    CreateContactRequest,
    GetContactRequest,
    ListContactsRequest,
    UpdateContactRequest,
)
from wasl.platform.v1.custom_field_pb import CustomField
from wasl.platform.v1.custom_field_service_pb import (
    CreateCustomFieldRequest,
    DeleteCustomFieldRequest,
    UndeleteCustomFieldRequest,
    UpdateCustomFieldRequest,
)
from wasl.platform.v1.job_pb import Job
from wasl.platform.v1.job_service_pb import DownloadJobFailuresRequest, GetJobRequest

Type = CustomField.Type
ID = "01900000-0000-7000-8000-0000000000aa"
MONEY = {"amount": "12.50", "currency": "IRR"}


@pytest.fixture
def running(start_service):
    return start_service(SERVICE)


@pytest.fixture
def contacts(running):
    return Client(running)


def define(contacts: Client, key: str, type_: Type, **more) -> CustomField:
    if type_ in (Type.CHOICE, Type.MULTI_CHOICE):
        more.setdefault("choices", [CustomField.Choice(value=name) for name in ("gold", "silver")])
    field = CustomField(resource="contacts", key=key, type=type_, **more)
    return contacts.create_custom_field(CreateCustomFieldRequest(custom_field=field))


def struct(values: dict) -> Struct:
    return message_from_json_value(Struct, values)


def add(contacts: Client, **values) -> Contact:
    return contacts.create_contact(
        CreateContactRequest(contact=Contact(display_name="Ada", custom_fields=struct(values)))
    )


def values_of(contact: Contact) -> dict:
    return message_to_json_value(contact.custom_fields) if contact.custom_fields else {}


def found(contacts: Client, filter_: str) -> list[str]:
    page = contacts.list_contacts(ListContactsRequest(filter=filter_))
    return [contact.id for contact in page.contacts]


@pytest.mark.parametrize(
    ("type_", "sent", "kept"),
    [
        (Type.TEXT, "سلام\u200cدنیا", "سلام\u200cدنیا"),
        (Type.TEXT, "x" * 4000, "x" * 4000),
        (Type.NUMBER, 12.5, 12.5),
        (Type.NUMBER, -3, -3),
        (Type.MONEY, MONEY, MONEY),
        (Type.DATE, "2026-03-21", "2026-03-21"),
        (Type.CHOICE, "gold", "gold"),
        (Type.MULTI_CHOICE, ["gold", "silver", "gold"], ["gold", "silver"]),
        (Type.CHECKBOX, False, False),
        (Type.USER, ID, ID),
        (Type.REFERENCE, ID.upper(), ID),
    ],
)
def test_a_value_of_its_type_is_kept(contacts, type_, sent, kept):
    define(contacts, "extra", type_)
    made = add(contacts, extra=sent)
    read = contacts.get_contact(GetContactRequest(id=made.id))
    assert values_of(read) == {"extra": kept}


@pytest.mark.parametrize(
    ("type_", "sent"),
    [
        (Type.TEXT, 5),
        (Type.TEXT, "x" * 4001),
        (Type.NUMBER, "twelve"),
        (Type.NUMBER, True),
        (Type.NUMBER, "1e999"),
        (Type.NUMBER, "nan"),
        (Type.NUMBER, "1_000"),
        (Type.MONEY, 12.5),
        (Type.MONEY, {"amount": "12.50"}),
        (Type.MONEY, {"amount": "12.50", "currency": "usd"}),
        (Type.MONEY, {"amount": "1e3", "currency": "USD"}),
        (Type.MONEY, {"amount": "12.50", "currency": "USD", "tax": "1"}),
        (Type.DATE, "2026-02-30"),
        (Type.DATE, "21.03.2026"),
        (Type.DATE, 20260321),
        (Type.CHOICE, "bronze"),
        (Type.CHOICE, ["gold"]),
        (Type.MULTI_CHOICE, "gold;bronze"),
        (Type.MULTI_CHOICE, ["gold", "bronze"]),
        (Type.MULTI_CHOICE, [{"gold": 1}]),
        (Type.CHECKBOX, "maybe"),
        (Type.CHECKBOX, 1),
        (Type.USER, "Ada"),
        (Type.REFERENCE, 7),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(contacts, type_, sent):
    define(contacts, "extra", type_)
    refused = refusal(lambda: add(contacts, extra=sent))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert refused.fields == ["customFields.extra"]


def test_a_field_that_nobody_defined_is_refused(contacts):
    define(contacts, "tier", Type.TEXT)
    refused = refusal(lambda: add(contacts, tier="a", teir="b"))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("customFields.teir", "UNKNOWN_FIELD")
    ]


@pytest.mark.parametrize(
    ("type_", "nothing"),
    [(Type.TEXT, ""), (Type.MULTI_CHOICE, []), (Type.NUMBER, None), (Type.CHOICE, "")],
)
def test_a_required_field_cannot_be_left_out_or_empty(contacts, type_, nothing):
    define(contacts, "extra", type_, required=True)
    for values in ({}, {"extra": nothing}):
        refused = refusal(lambda values=values: add(contacts, **values))
        assert [(v.field, v.reason) for v in refused.violations] == [
            ("customFields.extra", "REQUIRED")
        ]


def test_a_false_checkbox_and_a_zero_are_values_of_required_fields(contacts):
    define(contacts, "agreed", Type.CHECKBOX, required=True)
    define(contacts, "visits", Type.NUMBER, required=True)
    assert values_of(add(contacts, agreed=False, visits=0)) == {"agreed": False, "visits": 0}


def test_a_newly_required_field_does_not_lock_what_is_there(contacts):
    made = add(contacts)
    define(contacts, "tier", Type.TEXT, required=True)
    changed = contacts.update_contact(
        UpdateContactRequest(contact=Contact(id=made.id, etag=made.etag, job_title="Countess"))
    )
    assert changed.job_title == "Countess"


@pytest.mark.parametrize(
    ("type_", "low", "high", "filter_"),
    [
        (Type.TEXT, "a", "b", 'customFields.extra = "b"'),
        (Type.NUMBER, 9, 10, "customFields.extra > 9"),
        (
            Type.MONEY,
            {"amount": "9.99", "currency": "USD"},
            {"amount": "10", "currency": "USD"},
            "customFields.extra.amount >= 10",
        ),
        (Type.DATE, "2026-03-20", "2026-03-21", 'customFields.extra > "2026-03-20"'),
        (Type.CHOICE, "silver", "gold", 'customFields.extra = "gold"'),
        (Type.MULTI_CHOICE, ["silver"], ["silver", "gold"], "customFields.extra:gold"),
        (Type.CHECKBOX, False, True, "customFields.extra = true"),
        (Type.USER, "0" * 8 + ID[8:], ID, f'customFields.extra = "{ID}"'),
    ],
)
def test_a_filter_finds_by_a_field_of_every_type(contacts, type_, low, high, filter_):
    define(contacts, "extra", type_)
    add(contacts)
    add(contacts, extra=low)
    made = add(contacts, extra=high)
    assert found(contacts, filter_) == [made.id]


def test_a_filter_by_a_field_that_nobody_defined_is_refused(contacts):
    refused = refusal(lambda: found(contacts, "customFields.extra = 1"))
    assert refused.reason == "INVALID_FILTER"
    assert "customFields.extra" in refused.message


def run_import(running, contacts: Client, text: str) -> Job:
    job = contacts.upload("import_contacts", text.encode())
    assert JobRunner(running.runtime).run_one()
    return contacts.get_job(GetJobRequest(service="contacts", id=job.id))


def test_an_import_fills_fields_of_every_type_and_reports_bad_values(running, contacts):
    define(contacts, "note", Type.TEXT)
    define(contacts, "visits", Type.NUMBER)
    define(contacts, "price", Type.MONEY)
    define(contacts, "since", Type.DATE)
    define(contacts, "tier", Type.CHOICE)
    define(contacts, "tags", Type.MULTI_CHOICE)
    define(contacts, "agreed", Type.CHECKBOX)
    names = ["note", "visits", "price.amount", "price.currency", "since", "tier", "tags", "agreed"]
    header = "displayName," + ",".join(f"customFields.{name}" for name in names)
    job = run_import(
        running,
        contacts,
        f"{header}\nAda,hi,۱۲٫۵,۹۹,IRR,2026-03-21,gold,gold;silver,true\n"
        "Bob,,a lot,,,,,,\nEve,,,,,2026-02-30,,,\nZoe,,,,,,bronze,,\n",
    )
    assert (job.progress.rows_created, job.progress.rows_failed) == (1, 3)
    read = contacts.list_contacts(ListContactsRequest()).contacts[0]
    assert values_of(read) == {
        "note": "hi",
        "visits": 12.5,
        "price": {"amount": "99", "currency": "IRR"},
        "since": "2026-03-21",
        "tier": "gold",
        "tags": ["gold", "silver"],
        "agreed": True,
    }
    request = DownloadJobFailuresRequest(service="contacts", id=job.id)
    failures = contacts.download("download_job_failures", request).decode("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in failures[1:]] == [
        ["3", "INVALID_FIELD", "customFields.visits"],
        ["4", "INVALID_FIELD", "customFields.since"],
        ["5", "INVALID_FIELD", "customFields.tier"],
    ]


def test_an_import_of_a_field_that_nobody_defined_fails_its_rows_by_name(running, contacts):
    job = run_import(running, contacts, "displayName,customFields.teir\nAda,gold\n")
    assert (job.progress.rows_created, job.progress.rows_failed) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [{"resource": "companies"}, {"key": "other"}, {"type": Type.NUMBER}],
)
def test_what_a_definition_is_cannot_change(contacts, change):
    made = define(contacts, "tier", Type.TEXT)
    (name,) = change
    sent = CustomField(
        **{"id": made.id, "etag": made.etag, "resource": "contacts", "key": "tier"}
        | {"type": Type.TEXT}
        | change
    )
    request = UpdateCustomFieldRequest(custom_field=sent, update_mask=FieldMask(paths=[name]))
    refused = refusal(lambda: contacts.update_custom_field(request))
    assert [(v.field, v.reason) for v in refused.violations] == [
        (f"custom_field.{name}", "IMMUTABLE")
    ]


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (CustomField(resource="planets", key="a", type=Type.TEXT), "custom_field.resource"),
        (CustomField(resource="contacts", key="A b", type=Type.TEXT), "custom_field.key"),
        (CustomField(resource="contacts", key="a"), "custom_field.type"),
        (CustomField(resource="contacts", key="a", type=Type.CHOICE), "custom_field.choices"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_by_name(contacts, field, place):
    request = CreateCustomFieldRequest(custom_field=field)
    refused = refusal(lambda: contacts.create_custom_field(request))
    assert refused.code == "INVALID_ARGUMENT"
    assert place in refused.fields


def test_a_key_is_defined_once_per_resource(contacts):
    define(contacts, "tier", Type.TEXT)
    refused = refusal(lambda: define(contacts, "tier", Type.NUMBER))
    assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_EXISTS")


def test_a_deleted_definition_takes_no_values_and_keeps_its_key_until_it_comes_back(contacts):
    field = define(contacts, "tier", Type.TEXT)
    made = add(contacts, tier="gold")
    contacts.delete_custom_field(DeleteCustomFieldRequest(id=field.id, etag=field.etag))
    assert refusal(lambda: add(contacts, tier="gold")).fields == ["customFields.tier"]
    assert refusal(lambda: found(contacts, 'customFields.tier = "gold"')).reason == (
        "INVALID_FILTER"
    )
    assert refusal(lambda: define(contacts, "tier", Type.NUMBER)).reason == "ALREADY_EXISTS"
    # The record that has a value is not locked by it.
    changed = contacts.update_contact(
        UpdateContactRequest(contact=Contact(id=made.id, etag=made.etag, job_title="Countess"))
    )
    assert changed.job_title == "Countess"
    contacts.undelete_custom_field(UndeleteCustomFieldRequest(id=field.id))
    assert found(contacts, 'customFields.tier = "gold"') == [made.id]


def test_a_client_may_send_back_the_value_of_a_deleted_field_as_it_was_read(contacts):
    field = define(contacts, "tier", Type.TEXT)
    define(contacts, "note", Type.TEXT)
    made = add(contacts, tier="gold", note="a")
    contacts.delete_custom_field(DeleteCustomFieldRequest(id=field.id, etag=field.etag))
    sent = values_of(made) | {"note": "b"}
    changed = contacts.update_contact(
        UpdateContactRequest(
            contact=Contact(id=made.id, etag=made.etag, custom_fields=struct(sent)),
            update_mask=FieldMask(paths=["custom_fields"]),
        )
    )
    assert values_of(changed)["note"] == "b"
