"""Every service has the same rooms, and one resource has one name in all of them."""

from pathlib import Path

from tools.lints import rooms
from tools.lints.sources import ROOT

PROTO = """\
message Contact {}
message PipelineStage {}
service ContactService {
  rpc GetContact(GetContactRequest) returns (Contact);
  rpc MergeContacts(MergeContactsRequest) returns (Contact);
}
"""


def test_every_service_has_the_rooms_and_names_of_the_design() -> None:
    found = []
    for program in sorted((ROOT / "services").glob("*/__main__.py")):
        service = program.parent
        if service.name not in rooms.WITHOUT_ROOMS:
            protos = ROOT / "proto/wasl" / service.name / "v1"
            found += rooms.complaints(service, protos=protos)
    assert found == []


def _service(folder: Path, *files: str) -> list[str]:
    protos, service = folder / "proto", folder / "contacts"
    protos.mkdir()
    (protos / "contact_service.proto").write_text(PROTO)
    for name in (
        "README.md",
        "__main__.py",
        "service.py",
        "events.py",
        "migrations/env.py",
        *files,
    ):
        (service / name).parent.mkdir(parents=True, exist_ok=True)
        (service / name).touch()
    return rooms.complaints(service, protos=protos)


def test_a_well_furnished_service_is_accepted(tmp_path: Path) -> None:
    assert (
        _service(
            tmp_path,
            "api/contact.py",
            "api/__init__.py",
            "tables/contact.py",
            "tables/stage.py",
            "rules/merge.py",
            "queries/merge_contacts.py",
        )
        == []
    )


def test_a_missing_room_is_found(tmp_path: Path) -> None:
    assert _service(tmp_path, "api/contact.py") == ["contacts has no tables"]


def test_an_unknown_room_is_found(tmp_path: Path) -> None:
    found = _service(tmp_path, "api/contact.py", "tables/contact.py", "utils/strings.py")
    assert found == ["contacts/utils is in no known room"]


def test_a_name_that_is_not_in_the_proto_is_found_unless_it_says_why(tmp_path: Path) -> None:
    found = _service(tmp_path, "api/merge.py", "tables/person.py")
    assert found == [
        "contacts/api/merge.py is named after nothing in the proto",
        "contacts/tables/person.py is named after nothing in the proto",
    ]
    escape = "# name: escaped, because a person is only in the database\n"
    (tmp_path / "contacts/tables/person.py").write_text(escape)
    found = rooms.complaints(tmp_path / "contacts", protos=tmp_path / "proto")
    assert found == ["contacts/api/merge.py is named after nothing in the proto"]
