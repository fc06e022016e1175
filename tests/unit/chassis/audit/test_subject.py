"""What a call was about gives nobody away."""

import json

from protobuf.wkt import FieldMask

from chassis.audit.subject import hashed, subject_of
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import ExportContactsRequest, UpdateContactRequest
from wasl.identity.v1.session_service_pb import CreateSessionRequest
from wasl.platform.v1.imports_pb import TableFormat

KEY = "a key"


def test_an_export_is_about_its_filter() -> None:
    request = ExportContactsRequest(filter="tags:vip", format=TableFormat.XLSX)
    assert json.loads(subject_of(request, key=KEY)) == {"filter": "tags:vip", "format": "XLSX"}


def test_a_failed_sign_in_is_about_an_address_that_nobody_can_read() -> None:
    request = CreateSessionRequest(email="Ada@wasl.example", password="secret-pass")
    subject = subject_of(request, key=KEY)
    assert json.loads(subject) == {"email": hashed("ada@wasl.example", key=KEY)}
    assert "ada" not in subject.lower()
    assert "secret" not in subject
    assert hashed("ada@wasl.example", key=KEY) != hashed("ada@wasl.example", key="another")


def test_a_write_is_about_the_record_and_not_about_its_fields() -> None:
    request = UpdateContactRequest(
        contact=Contact(id="1", display_name="Ada"), update_mask=FieldMask(paths=["display_name"])
    )
    assert json.loads(subject_of(request, key=KEY)) == {"id": "1"}


def test_nothing_asked_is_about_nothing() -> None:
    assert subject_of(ExportContactsRequest(), key=KEY) == ""
