"""Imports: files of all kinds become records, and what does not is told row by row."""

import io

import pytest
import xlsxwriter
from sqlalchemy import select

from chassis.database.tables import OutboxRow
from chassis.testing.client import refusal
from services.contacts.service import SERVICE as CONTACTS
from services.contacts.tables.contact import ContactRow
from services.identity.rules.ready_made_roles import ADMINISTRATOR_ID, EMPLOYEE_ID
from services.identity.service import SERVICE as IDENTITY
from services.identity.tables.user import UserRow
from services.sales.service import SERVICE as SALES
from tests.integration.chassis.importing import Handling, Imports, State, column, counts
from wasl.contacts.v1 import events_pb
from wasl.contacts.v1.company_service_pb import ListCompaniesRequest
from wasl.identity.v1.user_service_pb import ListUsersRequest
from wasl.sales.v1.opportunity_service_pb import ListOpportunitiesRequest
from wasl.sales.v1.product_service_pb import ListProductsRequest


@pytest.fixture
def imports(start_service):
    return Imports(start_service(CONTACTS))


@pytest.fixture
def sales(start_service):
    return Imports(start_service(SALES))


@pytest.fixture
def identity(start_service):
    return Imports(start_service(IDENTITY))


PERSIAN = ["پریسا گودرزی", "ژاله چمنی", "علی رضایی", "كريم يوسف"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1256"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_persian_names_arrive_whole_in_every_encoding(imports, encoding, delimiter):
    # Windows-1256 has no Persian yeh (U+06CC); who writes it uses the Arabic one.
    names = PERSIAN if encoding != "windows-1256" else [n.replace("ی", "ي") for n in PERSIAN]
    lines = [f"displayName{delimiter}jobTitle", *(f"{name}{delimiter}مدير" for name in names)]
    data = "\r\n".join(lines).encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    job = imports("contacts", data)
    assert job.state == State.SUCCEEDED
    assert counts(job) == (4, 0, 0, 0)
    assert imports.names() == sorted(names)


def test_western_names_arrive_whole_from_windows_1252(imports):
    names = ["José Núñez", "Zoë Müller", "Françoise Dvořák".replace("ř", "r"), "Łukasz"[1:]]
    data = "\n".join(["displayName", *names]).encode("windows-1252")
    assert counts(imports("contacts", data)) == (4, 0, 0, 0)
    assert imports.names() == sorted(names)


def test_a_workbook_is_imported_like_a_csv_file(imports):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Founded", "Revenue", "Currency", "Staff"])
        sheet.write_row(1, 0, ["شرکت وصل", 2005, 1100.04, "USD", 2822])
        sheet.write_row(2, 0, ["Broken", "soon", 1, "USD", 1])
    job = imports(
        "companies",
        buffer.getvalue(),
        columns=[
            column("Name", "name"),
            column("Founded", "foundedYear"),
            column("Revenue", "revenue.amount"),
            column("Currency", "revenue.currency"),
            column("Staff", "employees"),
        ],
    )
    assert counts(job) == (1, 0, 0, 1)
    (company,) = imports.client.list_companies(ListCompaniesRequest()).companies
    assert (company.name, company.founded_year, company.employees) == ("شرکت وصل", 2005, 2822)
    assert (company.revenue.amount, company.revenue.currency) == ("1100.04", "USD")
    assert [row[:2] for row in imports.failures(job)[1:]] == [["3", "INVALID_VALUE"]]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1166.50", "1166.50"),
        ("1,166.50", "1166.50"),
        ("۱٬۱۶۶٫۵۰", "1166.50"),
        ("١١٦٦٫٥", "1166.50"),
        ("1 166.5", "1166.50"),
        (".5", "0.50"),
        ("55.10000000000001", "55.10"),
        ("-3", "-3.00"),
        ("999999999999999.9999", "999999999999999.9999"),
    ],
)
def test_money_is_read_as_people_write_it(imports, written, amount):
    data = f'name,revenue\nWasl,"{written}"\n'
    mapped = [column("name"), column("revenue", "revenue.amount")]
    job = imports("companies", data, columns=mapped, constants={"revenue.currency": "IRR"})
    assert counts(job) == (1, 0, 0, 0)
    (company,) = imports.client.list_companies(ListCompaniesRequest()).companies
    assert (company.revenue.amount, company.revenue.currency) == (amount, "IRR")


def test_a_row_without_an_amount_has_no_money_whatever_the_currency(imports):
    mapped = [column("name"), column("revenue", "revenue.amount")]
    job = imports(
        "companies", "name,revenue\nWasl,\n", columns=mapped, constants={"revenue.currency": "IRR"}
    )
    assert counts(job) == (1, 0, 0, 0)
    (company,) = imports.client.list_companies(ListCompaniesRequest()).companies
    assert company.revenue is None


TWICE = "displayName,emails.address,jobTitle\nAda,ada@wasl.example,one\nBob,bob@wasl.example,\n"
AGAIN = "displayName,emails.address,jobTitle\nAda,ADA@wasl.example,two\nEve,eve@wasl.example,\n"


@pytest.mark.parametrize(
    ("handling", "expected", "title", "total"),
    [
        (Handling.CREATE, (2, 0, 0, 0), "one", 4),
        (Handling(0), (2, 0, 0, 0), "one", 4),
        (Handling.SKIP, (1, 0, 1, 0), "one", 3),
        (Handling.UPDATE, (1, 1, 0, 0), "two", 3),
    ],
)
def test_a_known_record_is_doubled_skipped_or_updated_as_asked(
    imports, handling, expected, title, total
):
    imports("contacts", TWICE)
    assert counts(imports("contacts", AGAIN, on_duplicate=handling)) == expected
    people = imports.contacts()
    assert len(people) == total
    assert people[0].job_title == title


def test_an_update_leaves_what_is_not_mapped_as_it_was(imports):
    imports("contacts", "displayName,emails.address,jobTitle\nAda,ada@wasl.example,one\n")
    job = imports(
        "contacts",
        "emails.address,displayName\nada@wasl.example,Ada King\n",
        on_duplicate=Handling.UPDATE,
    )
    assert counts(job) == (0, 1, 0, 0)
    (ada,) = imports.contacts()
    assert (ada.display_name, ada.job_title, ada.etag) == ("Ada King", "one", "2")
    # Told again, nothing changes, and nothing is announced.
    imports(
        "contacts",
        "emails.address,displayName\nada@wasl.example,Ada King\n",
        on_duplicate=Handling.UPDATE,
    )
    assert imports.contacts()[0].etag == "2"


@pytest.mark.parametrize(
    ("handling", "expected"),
    [
        (Handling.SKIP, (2, 0, 2, 0)),
        (Handling.UPDATE, (2, 2, 0, 0)),
        (Handling.CREATE, (4, 0, 0, 0)),
    ],
)
def test_a_key_that_comes_twice_in_one_file_finds_its_first_row(imports, handling, expected):
    data = (
        "displayName,emails.address\nAda,a@wasl.example\nBob,b@wasl.example\n"
        "Ada Two,a@wasl.example\nAda Three,A@wasl.example\n"
    )
    job = imports("contacts", data, on_duplicate=handling)
    assert counts(job) == expected
    ada = imports.contacts()[0].display_name
    assert ada == ("Ada Three" if handling == Handling.UPDATE else "Ada")


@pytest.mark.parametrize("handling", [Handling.CREATE, Handling.SKIP, Handling.UPDATE])
def test_a_dry_run_counts_the_same_and_writes_nothing(imports, handling):
    imports("contacts", TWICE)
    rows = [f"Person {n},p{n % 700}@wasl.example,t{n}" for n in range(1200)]
    rows[3] = "Bad,no address,"
    data = "\n".join([AGAIN.strip(), *rows])
    dry = imports("contacts", data, on_duplicate=handling, validate_only=True)
    assert dry.state == State.SUCCEEDED
    assert dry.validate_only
    with imports.running.session() as session:
        assert len(session.scalars(select(ContactRow.id)).all()) == 2
        # That of the first import; the audit log is told of the calls themselves.
        keys = session.scalars(select(OutboxRow.key)).all()
        assert [key for key in keys if not key.endswith(".audit.recorded")] == [
            "contacts.contact.created"
        ]
    wet = imports("contacts", data, on_duplicate=handling)
    assert counts(dry) == counts(wet)
    assert imports.failures(dry) == imports.failures(wet)


def test_a_column_that_the_file_has_not_fails_the_job(imports):
    job = imports("contacts", "displayName\nAda\n", columns=[column("Name", "displayName")])
    assert (job.state, job.error.reason) == (State.FAILED, "COLUMN_MISSING")
    assert "Name" in job.error.message
    assert imports.names() == []


def test_without_a_mapping_a_header_that_is_no_field_fails_the_job_by_name(imports):
    job = imports("contacts", "displayName,shoeSize\nAda,39\n")
    assert (job.state, job.error.reason) == (State.FAILED, "INVALID_FIELD")
    assert "shoeSize" in job.error.message


@pytest.mark.parametrize(
    "options",
    [
        {"columns": [column("a", "shoeSize")]},
        {"columns": [column("a", "emails[0].colour")]},
        {"columns": [column("a", "emails")]},
        {"columns": [column("a", "id")]},
        {"columns": [column("a", "createTime")]},
        {"columns": [column("a", "displayName", lookup="name")]},
        {"constants": {"shoeSize": "39"}},
        {"constants": {"lifecycleStage": "NEMESIS"}},
        {"constants": {"id": "01900000-0000-7000-8000-000000000009"}},
        {"on_duplicate": Handling.SKIP, "key": "shoeSize"},
    ],
)
def test_a_mapping_that_cannot_be_is_refused_at_once(imports, options):
    refused = refusal(lambda: imports.client.upload("import_contacts", b"a\nb\n", **options))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert refused.fields


def test_an_empty_file_is_refused_at_once(imports):
    assert refusal(lambda: imports.client.upload("import_contacts", b"")).reason == "EMPTY_FILE"


@pytest.mark.parametrize(
    ("header", "cells", "reason", "field"),
    [
        ("phones.number", "12", "INVALID_FIELD", "phones[0].number"),
        ("phones.number", "0912 123 4567", "INVALID_FIELD", "phones[0].number"),
        ("emails.address", "ada at home", "INVALID_FIELD", "emails[0].address"),
        ("lifecycleStage", "NEMESIS", "INVALID_VALUE", "lifecycleStage"),
        ("preferredLanguage", "Klingon", "INVALID_FIELD", "preferredLanguage"),
        ("companyId", "Wasl", "INVALID_FIELD", "companyId"),
        (
            "companyId",
            "01900000-0000-7000-8000-000000000009",
            "INVALID_FIELD",
            "companyId",
        ),
        ("displayName", "x" * 201, "INVALID_FIELD", "displayName"),
        ("tags", "x" * 51, "INVALID_FIELD", "tags[0]"),
    ],
)
def test_a_bad_row_is_told_with_number_reason_and_field(imports, header, cells, reason, field):
    data = f"givenName,{header}\nAda,\nBob,{cells}\nEve,\n"
    job = imports("contacts", data)
    assert job.state == State.SUCCEEDED
    assert counts(job) == (2, 0, 0, 1)
    head, row = imports.failures(job)
    assert head == ["row", "reason", "field", "message", "givenName", header]
    assert row[:3] == ["3", reason, field]
    assert row[3]
    assert row[4:] == ["Bob", cells]


@pytest.mark.parametrize(
    ("header", "cell", "reason", "field"),
    [
        ("amount.amount", "a lot", "INVALID_FIELD", "amount.amount"),
        ("amount.amount", '"12,50"', "INVALID_FIELD", "amount.amount"),
        ("amount.amount", '"1.166,50"', "INVALID_FIELD", "amount.amount"),
        ("amount.amount", "1.23456", "INVALID_FIELD", "amount.amount"),
        ("amount.amount", "9999999999999999", "INVALID_FIELD", "amount.amount"),
        ("closeDate", "2017-02-30", "INVALID_FIELD", "closeDate"),
        ("closeDate", "30/02/2017", "INVALID_FIELD", "closeDate"),
        ("engageDate", "tomorrow", "INVALID_FIELD", "engageDate"),
        ("stageId", "Limbo", "REFERENCE_NOT_FOUND", "stageId"),
    ],
)
def test_a_bad_deal_is_told_with_number_reason_and_field(sales, header, cell, reason, field):
    lookup = "name" if header == "stageId" else ""
    job = sales(
        "opportunities",
        f"name,{header}\nGood,\nBad,{cell}\n",
        columns=[column("name"), column(header, lookup=lookup)],
        constants={"amount.currency": "USD"} if header == "amount.amount" else {},
    )
    assert counts(job) == (1, 0, 0, 1), sales.failures(job)
    assert sales.failures(job)[1][:3] == ["3", reason, field]


def test_an_unknown_and_an_ambiguous_reference_fail_their_rows_only(imports):
    imports("companies", "name\nWasl\nTwin\nTwin\n")
    job = imports(
        "contacts",
        "displayName,Company\nAda,Wasl\nBob,Nowhere\nEve,Twin\nZoe,\nPia,وصل\n",
        columns=[
            column("displayName"),
            column("Company", "companyId", lookup="name", aliases={"وصل": "Wasl"}),
        ],
    )
    assert counts(job) == (3, 0, 0, 2)
    assert [row[:3] for row in imports.failures(job)[1:]] == [
        ["3", "REFERENCE_NOT_FOUND", "companyId"],
        ["4", "REFERENCE_NOT_FOUND", "companyId"],
    ]
    (wasl,) = imports.client.list_companies(ListCompaniesRequest(filter='name="Wasl"')).companies
    companies = {person.display_name: person.company_id for person in imports.contacts()}
    assert companies == {"Ada": wasl.id, "Pia": wasl.id, "Zoe": ""}


@pytest.mark.parametrize("value", ["not-an-id", "\ud7ff" * 3])
@pytest.mark.parametrize("lookup", ["id", "name"])
def test_a_reference_that_cannot_be_fails_its_row_only(imports, value, lookup):
    job = imports(
        "contacts",
        f"displayName,Company\nAda,\nBob,{value}\n",
        columns=[column("displayName"), column("Company", "companyId", lookup=lookup)],
    )
    assert job.state == State.SUCCEEDED
    assert counts(job) == (1, 0, 0, 1)
    assert imports.failures(job)[1][:3] == ["3", "REFERENCE_NOT_FOUND", "companyId"]


def test_what_is_unique_fails_only_the_row_that_is_not(sales):
    sales("products", "name,code\nOld,A1\n")
    names = [f"New {number},B{number}" for number in range(600)]
    names[17] = "Other,A1"
    names[333] = "Old,C1"
    job = sales("products", "\n".join(["name,code", *names]))
    assert counts(job) == (598, 0, 0, 2)
    assert [row[:3] for row in sales.failures(job)[1:]] == [
        ["19", "ALREADY_EXISTS", "code"],
        ["335", "ALREADY_EXISTS", "name"],
    ]
    request = ListProductsRequest(page_size=1000)
    assert len(sales.client.list_products(request).products) == 599


def test_a_nul_character_fails_the_job_because_it_is_no_text(imports):
    job = imports("contacts", "displayName\n" + "Ada\n" * 200 + "B\0b\n")
    assert (job.state, job.error.reason) == (State.FAILED, "NUL_BYTE")


def test_an_update_that_is_refused_changes_nothing_of_its_row(identity):
    admin = UserRow(email="a@wasl.example", display_name="Ada", role_ids=[ADMINISTRATOR_ID])
    with identity.running.session() as session:
        session.add(admin)
    mapped = [column("email"), column("displayName"), column("role", "roleIds[0]", lookup="key")]
    job = identity(
        "users",
        "email,displayName,role\na@wasl.example,Changed,analyst\nb@wasl.example,Bob,\n",
        columns=mapped,
        on_duplicate=Handling.UPDATE,
    )
    assert counts(job) == (1, 0, 0, 1)
    assert identity.failures(job)[1][:2] == ["2", "LAST_ADMINISTRATOR"]
    users = identity.client.list_users(ListUsersRequest(order_by="create_time")).users
    assert [(user.display_name, user.role_ids) for user in users] == [
        ("Ada", [ADMINISTRATOR_ID]),
        ("Bob", [EMPLOYEE_ID]),
    ]


def test_a_row_with_too_few_cells_is_told_and_harms_no_other(imports):
    job = imports("contacts", "displayName,jobTitle\nAda,one\nBob\nEve,two,three\n")
    assert job.progress.rows_created + job.progress.rows_failed == 3
    assert "Ada" in imports.names()


def test_users_are_imported_once_per_address(identity):
    data = "email,displayName\nADA@wasl.example,Ada\nada@wasl.example,Twin\n"
    job = identity("users", data)
    assert counts(job) == (1, 0, 0, 1)
    assert identity.failures(job)[1][:3] == ["3", "ALREADY_EXISTS", "email"]


def test_closed_deals_may_be_imported_and_bare_ones_are_open(sales):
    job = sales(
        "opportunities",
        "name,stage,closeDate\nA,Won,2017-03-01\nB,Lost,2017-03-02\nC,,\n",
        columns=[
            column("name"),
            column("stage", "stageId", lookup="name"),
            column("closeDate"),
        ],
    )
    assert counts(job) == (3, 0, 0, 0)
    deals = sales.client.list_opportunities(ListOpportunitiesRequest(order_by="name"))
    assert [(deal.name, deal.state.name) for deal in deals.opportunities] == [
        ("A", "WON"),
        ("B", "LOST"),
        ("C", "OPEN"),
    ]


def test_every_row_is_announced_in_messages_of_at_most_500(imports):
    data = "\n".join(["displayName", *(f"Person {number}" for number in range(1201))])
    assert counts(imports("contacts", data)) == (1201, 0, 0, 0)
    with imports.running.session() as session:
        rows = session.execute(
            select(OutboxRow.key, OutboxRow.body)
            .where(OutboxRow.key != "contacts.audit.recorded")
            .order_by(OutboxRow.sequence)
        )
        events = [(key, events_pb.ContactCreated.from_binary(body)) for key, body in rows]
    assert {key for key, _ in events} == {"contacts.contact.created"}
    assert [len(event.changes) for _, event in events] == [500, 500, 201]
    names = [change.contact.display_name for _, event in events for change in event.changes]
    assert names == [f"Person {number}" for number in range(1201)]
