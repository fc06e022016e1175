"""What may be written of an organisation."""

from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.resources.tree import refuse_circle
from chassis.text.reachable import normalise_emails, normalise_phones
from services.contacts.tables.company import CompanyRow


def prepare_company(call: Call, row: CompanyRow, write: Write) -> None:
    """Normalises what can be reached and keeps the tree of companies a tree.

    Raises InvalidArgument for an address or number that cannot be, and for a circle of parents.
    """
    if "emails" in write.fields:
        row.emails = normalise_emails(row.emails, path="company.emails")
    if "phones" in write.fields:
        row.phones = normalise_phones(row.phones, path="company.phones", region=write.region)
    if "parent_id" in write.fields and row.parent_id and not write.is_new:
        refuse_circle(call, row, field="company.parentId")
