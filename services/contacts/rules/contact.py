"""What may be written of a person."""

from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.text.reachable import normalise_emails, normalise_phones
from services.contacts.tables.contact import ContactRow


def prepare_contact(_call: Call, row: ContactRow, write: Write) -> None:
    """Normalises what can be reached and gives the person a name.

    Raises InvalidArgument for an address or number that cannot be, or for a person without a name.
    """
    if "emails" in write.fields:
        row.emails = normalise_emails(row.emails, path="contact.emails")
    if "phones" in write.fields:
        row.phones = normalise_phones(row.phones, path="contact.phones", region=write.region)
    row.primary_email = row.emails[0]["address"].lower() if row.emails else None
    if not row.display_name.strip():
        row.display_name = _name_from_parts(row)


def _name_from_parts(row: ContactRow) -> str:
    name = " ".join(part for part in (row.given_name, row.family_name) if part.strip())
    if not name and row.emails:
        name = row.emails[0]["address"]
    if not name and row.phones:
        name = row.phones[0]["number"]
    if not name:
        raise invalid_field(
            "contact.displayName", "say how the person is called", reason="REQUIRED"
        )
    return name
