"""The preview of an import: what a file looks like, before anybody says what it means."""

import io

import pytest
import xlsxwriter
from sqlalchemy import text

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE


@pytest.fixture(scope="module")
def contacts(start_module_service):
    return start_module_service(SERVICE)


@pytest.fixture
def preview(contacts):
    client = Client(contacts, "contacts.imports.preview")
    return lambda data, **options: client.upload("preview_import", data, **options)


def test_a_file_shows_its_header_and_its_first_rows(preview):
    lines = ["Name;City", *(f"Person {number};شيراز" for number in range(1000))]
    found = preview("\n".join(lines).encode("cp1256"))
    assert list(found.header) == ["Name", "City"]
    assert len(found.rows) == 20
    assert list(found.rows[0].cells) == ["Person 0", "شيراز"]
    assert (found.encoding, found.delimiter, found.row_estimate) == ("cp1256", ";", 1000)


def test_what_is_given_is_not_guessed(preview):
    found = preview(b"a,b;c\n1,2;3\n", delimiter=",", encoding="utf-8")
    assert list(found.header) == ["a", "b;c"]


def test_a_workbook_is_shown_too(preview):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number in range(31):
            sheet.write_row(number, 0, ["Name", "Age"] if not number else [f"P{number}", number])
    found = preview(file.getvalue())
    assert list(found.header) == ["Name", "Age"]
    assert list(found.rows[0].cells) == ["P1", "1"]
    assert (len(found.rows), found.row_estimate) == (20, 30)
    assert (found.encoding, found.delimiter) == ("", "")


def test_a_row_with_too_many_cells_is_shown_as_it_is(preview):
    found = preview(b"a,b\n1,2\n1,2,3\n")
    assert [list(row.cells) for row in found.rows][-1][:2] == ["1", "2"]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"", {}),
        (b"PK\x03\x04 no workbook", {}),
        (b"a,a\n1,2\n", {}),
        (b"a,b\n\xff\xfe,2\n", {"encoding": "utf-8"}),
        (b"a,b\n", {"encoding": "klingon"}),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(preview, data, options):
    refused = refusal(lambda: preview(data, **options))
    assert refused.code == "INVALID_ARGUMENT"
    assert refused.reason.isupper()
    assert refused.message.endswith(".")


def test_nothing_is_kept_but_that_somebody_looked(preview, contacts):
    with contacts.session() as session:
        session.execute(text("DELETE FROM outbox"))
    preview(b"Name\nAda\n")
    with contacts.session() as session:
        for table in ("job", "job_file", "contact"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        (row,) = session.execute(text("SELECT key, audit FROM outbox")).all()
    assert row.key == "contacts.audit.recorded"
    assert '"method":"PreviewImport"' in row.audit
    assert "Ada" not in row.audit


def test_it_needs_its_permission(contacts):
    client = Client(contacts, "contacts.contacts.import")
    refused = refusal(lambda: client.upload("preview_import", b"Name\n"))
    assert refused.code == "PERMISSION_DENIED"
