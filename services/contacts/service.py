"""What contacts is made of."""

from pathlib import Path

from chassis.service import Service
from services.contacts.api.company import COMPANIES
from services.contacts.api.contact import CONTACTS
from services.contacts.tables import Base
from wasl.contacts.v1 import company_service_pb, contact_service_pb

SERVICE = Service(
    name="contacts",
    folder=Path(__file__).parent,
    base=Base,
    protos=(contact_service_pb, company_service_pb),
    resources=(CONTACTS, COMPANIES),
)
