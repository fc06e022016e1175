"""Companies: the standard methods."""

from chassis.resources.resource import Resource
from services.contacts.rules.company import prepare_company
from services.contacts.tables.company import CompanyRow
from wasl.contacts.v1 import company_service_pb, events_pb
from wasl.contacts.v1.company_pb import Company


def _searched(row: CompanyRow) -> tuple[str, ...]:
    return (row.name, row.legal_name, row.website)


COMPANIES = Resource(
    message=Company,
    table=CompanyRow,
    service_pb=company_service_pb,
    events_pb=events_pb,
    name="contacts.companies",
    sortable=("create_time", "update_time", "name"),
    searched=_searched,
    keys={"name": "name"},
    references={
        "parent_id": "contacts.companies",
        "owner_id": "identity.users",
        "team_id": "identity.teams",
    },
    prepare=prepare_company,
)
