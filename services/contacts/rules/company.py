"""What may be written of an organisation."""

from sqlalchemy import select

from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.text.reachable import normalise_emails, normalise_phones
from services.contacts.tables.company import CompanyRow

# No group of companies is deeper; a longer chain is a mistake or a circle.
MAX_DEPTH = 20


def prepare_company(call: Call, row: CompanyRow, write: Write) -> None:
    """Normalises what can be reached and keeps the tree of companies a tree.

    Raises InvalidArgument for an address or number that cannot be, and for a circle of parents.
    """
    if "emails" in write.fields:
        row.emails = normalise_emails(row.emails, path="company.emails")
    if "phones" in write.fields:
        row.phones = normalise_phones(row.phones, path="company.phones", region=write.region)
    if "parent_id" in write.fields and row.parent_id and not write.is_new:
        _refuse_circle(call, row)


def _refuse_circle(call: Call, row: CompanyRow) -> None:
    parent: str | None = row.parent_id
    for _ in range(MAX_DEPTH):
        if parent is None:
            return
        if parent == row.id:
            break
        parent = call.session.scalar(select(CompanyRow.parent_id).where(CompanyRow.id == parent))
    raise invalid_field("company.parentId", "a company cannot belong to itself", reason="CIRCLE")
