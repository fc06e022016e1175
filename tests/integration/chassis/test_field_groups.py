"""Groups of fields that a role hides: cut out of every answer, and of no use in a question."""

import pytest
from protobuf.wkt import FieldMask

from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE
from wasl.contacts.v1.company_pb import Company
from wasl.contacts.v1.company_service_pb import (
    BatchGetCompaniesRequest,
    CreateCompanyRequest,
    DeleteCompanyRequest,
    ExportCompaniesRequest,
    GetCompanyRequest,
    ListCompaniesRequest,
    UndeleteCompanyRequest,
    UpdateCompanyRequest,
)
from wasl.platform.v1.imports_pb import ImportOptions
from wasl.type.v1.money_pb import Money

Column = ImportOptions.Column


@pytest.fixture(scope="module")
def running(start_module_service):
    return start_module_service(SERVICE)


@pytest.fixture(scope="module")
def everything(running):
    return Client(running)


@pytest.fixture(scope="module")
def blind(running):
    """Somebody whose roles hide what companies earn."""
    return Client(running, hidden=["contacts.figures"])


@pytest.fixture
def company(everything) -> Company:
    made = Company(name="Acme", revenue=Money(amount="12.50", currency="USD"), employees=7)
    return everything.create_company(CreateCompanyRequest(company=made))


def industry(company: Company, etag: str, name: str) -> UpdateCompanyRequest:
    """A change of the industry, and of nothing else."""
    return UpdateCompanyRequest(
        company=Company(id=company.id, etag=etag, industry=name),
        update_mask=FieldMask(paths=["industry"]),
    )


def shows_figures(company: Company) -> bool:
    return bool(company.revenue or company.employees)


def test_every_answer_is_cut(blind, everything, company):
    assert shows_figures(everything.get_company(GetCompanyRequest(id=company.id)))
    seen = blind.get_company(GetCompanyRequest(id=company.id))
    assert (seen.name, shows_figures(seen)) == ("Acme", False)
    listed = blind.list_companies(ListCompaniesRequest(page_size=1000)).companies
    found = blind.list_companies(ListCompaniesRequest(q="acme")).companies
    batch = blind.batch_get_companies(BatchGetCompaniesRequest(ids=[company.id])).companies
    for answer in (listed, found, batch):
        assert answer
        assert not any(map(shows_figures, answer))
    changed = blind.update_company(industry(company, seen.etag, "steel"))
    assert (changed.industry, shows_figures(changed)) == ("steel", False)
    gone = blind.delete_company(DeleteCompanyRequest(id=company.id, etag=changed.etag))
    back = blind.undelete_company(UndeleteCompanyRequest(id=company.id))
    assert not shows_figures(gone)
    assert not shows_figures(back)
    # What is not shown is kept.
    assert shows_figures(everything.get_company(GetCompanyRequest(id=company.id)))


def test_what_is_announced_is_whole(running, blind, company):
    from chassis.database.tables import OutboxRow
    from wasl.contacts.v1.events_pb import CompanyUpdated

    blind.update_company(industry(company, company.etag, "x"))
    with running.session() as session:
        rows = session.query(OutboxRow).filter_by(key="contacts.company.updated").all()
    last = CompanyUpdated.from_binary(max(rows, key=lambda row: row.sequence).body)
    assert shows_figures(last.changes[0].company)


def test_an_export_leaves_the_columns_out(blind, everything, company):
    whole = everything.download("export_companies", ExportCompaniesRequest()).decode()
    assert "revenue.amount" in whole.splitlines()[0]
    cut = blind.download("export_companies", ExportCompaniesRequest()).decode().splitlines()[0]
    assert "revenue" not in cut
    assert "employees" not in cut
    refused = refusal(
        lambda: blind.export_companies(ExportCompaniesRequest(fields=["name", "employees"]))
    )
    assert refused.fields == ["fields"]


@pytest.mark.parametrize("filter_", ["employees > 5", "revenue.amount > 10", "revenue < 100"])
def test_nothing_can_be_found_out_by_filtering(blind, everything, company, filter_):
    assert everything.list_companies(ListCompaniesRequest(filter=filter_)).companies
    refused = refusal(lambda: blind.list_companies(ListCompaniesRequest(filter=filter_)))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "INVALID_FILTER")
    refused = refusal(lambda: blind.export_companies(ExportCompaniesRequest(filter=filter_)))
    assert refused.reason == "INVALID_FILTER"


def test_a_hidden_field_cannot_be_written(blind, company):
    money = Money(amount="1.00", currency="USD")
    change = Company(id=company.id, etag=company.etag, revenue=money)
    for call in (
        lambda: blind.update_company(
            UpdateCompanyRequest(company=change, update_mask=FieldMask(paths=["revenue"]))
        ),
        lambda: blind.create_company(
            CreateCompanyRequest(company=Company(name="New", employees=3))
        ),
        lambda: blind.upload(
            "import_companies",
            b"name,staff\nAcme,3\n",
            columns=[
                Column(column="name", field="name"),
                Column(column="staff", field="employees"),
            ],
        ),
    ):
        refused = refusal(call)
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "FIELD_HIDDEN")


def test_a_change_of_everything_keeps_what_is_hidden(blind, everything, company):
    whole = UpdateCompanyRequest(
        company=Company(id=company.id, etag=company.etag, name="Renamed"),
        update_mask=FieldMask(paths=["*"]),
    )
    assert blind.update_company(whole).name == "Renamed"
    kept = everything.get_company(GetCompanyRequest(id=company.id))
    assert (kept.employees, kept.revenue.amount) == (7, "12.50")
