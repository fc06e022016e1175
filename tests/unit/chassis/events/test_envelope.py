"""Events are counted by the changes in them, without being read."""

import importlib
from pathlib import Path

import pytest

import wasl
from chassis.events.envelope import changes_in, event_classes
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.events_pb import ContactChange, ContactCreated


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_the_changes_of_an_event_are_counted(count: int) -> None:
    changes = [
        # Some are longer than what one byte of length can tell.
        ContactChange(contact=Contact(given_name="Sara" * (number % 100)))
        for number in range(count)
    ]
    assert changes_in(ContactCreated(changes=changes).to_binary()) == count


def test_every_event_is_its_changes_and_nothing_else() -> None:
    modules = [
        importlib.import_module(f"wasl.{path.parts[-3]}.v1.events_pb")
        for folder in wasl.__path__
        for path in Path(folder).glob("*/v1/events_pb.py")
    ]
    fields = {
        key: [(field.name, field.number) for field in event.desc().fields]
        for key, event in event_classes(modules).items()
    }
    assert len(fields) > 50
    assert {key: found for key, found in fields.items() if found != [("changes", 1)]} == {
        "*.audit.recorded": []
    }
