"""Contacts: the standard methods."""

from chassis.resources.resource import Resource
from services.contacts.rules.contact import prepare_contact
from services.contacts.tables.contact import ContactRow
from wasl.contacts.v1 import contact_service_pb, events_pb
from wasl.contacts.v1.contact_pb import Contact


def _searched(row: ContactRow) -> tuple[str, ...]:
    return (
        row.display_name,
        row.given_name,
        row.family_name,
        *(email["address"] for email in row.emails),
        *(phone["number"] for phone in row.phones),
    )


CONTACTS = Resource(
    message=Contact,
    table=ContactRow,
    service_pb=contact_service_pb,
    events_pb=events_pb,
    name="contacts.contacts",
    sortable=("create_time", "update_time", "display_name"),
    searched=_searched,
    keys={"email": "primary_email"},
    references={
        "company_id": "contacts.companies",
        "owner_id": "identity.users",
        "team_id": "identity.teams",
    },
    prepare=prepare_contact,
)
