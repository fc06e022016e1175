"""Every event: its key, and that its name says the same."""

import re

import pytest
from protobuf import DescMessage

from chassis.resources.field_names import snake_case
from services.gateway.contract import load_contract, option
from tests.integration.chassis.test_migrations import all_services
from tools.proto import DESCRIPTORS

CONTRACT = load_contract(str(DESCRIPTORS))
EVENTS = {
    desc.type_name: (desc, event.key)
    for desc in CONTRACT.registry
    if isinstance(desc, DescMessage)
    and (event := option(CONTRACT.registry, desc.proto.options, "wasl.options.v1.event"))
}
# What the chassis announces of every resource.
STANDARD = {"created", "updated", "deleted", "undeleted", "purged", "snapshotted"}


def test_there_are_events():
    assert len(EVENTS) > 30


@pytest.mark.parametrize("name", EVENTS)
def test_a_key_says_service_resource_and_past_tense_as_the_message_does(name):
    desc, key = EVENTS[name]
    service, resource, past_tense = key.split(".")
    package = name.split(".")[1]
    assert service == ("{service}" if package == "platform" else package)
    # Written as in permissions: `apiKey`.
    assert re.fullmatch("[a-z][a-zA-Z]+", resource)
    # Won and lost are past tenses too.
    assert past_tense.endswith("ed") or past_tense in ("won", "lost")
    assert f"{snake_case(resource)}_{past_tense}" == snake_case(desc.name)
    assert desc.file.name.endswith("/events.proto")


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_carries_changes_with_the_record_before_and_after(name):
    desc, key = EVENTS[name]
    if key == "{service}.audit.recorded":
        # It says that nothing changed.
        assert not desc.fields
        return
    (field,) = desc.fields
    assert field.name == "changes"
    resource = snake_case(key.split(".")[1])
    change = field.value.element
    assert [inner.name for inner in change.fields] == [resource, "previous", "changed_fields"]


def test_no_two_events_have_one_key():
    keys = [key for _, key in EVENTS.values()]
    assert len(set(keys)) == len(keys)


def test_every_message_in_an_events_file_is_an_event_or_a_change():
    for desc in CONTRACT.registry:
        if isinstance(desc, DescMessage) and desc.file.name.endswith("/events.proto"):
            assert desc.type_name in EVENTS or desc.name.endswith("Change"), desc.type_name


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(resource, id=resource.name)
        for service in all_services()
        for resource in service.by_name.values()
    ],
)
def test_every_resource_has_the_events_of_the_standard_methods(resource):
    rpcs = {method.name for desc in resource.service_pb.desc().services for method in desc.methods}
    for past_tense in STANDARD:
        # What no RPC does is not announced, such as the change of a share.
        optional = past_tense.removesuffix("d").title()
        if past_tense in ("updated", "undeleted") and optional + resource.singular not in rpcs:
            continue
        assert resource.event(past_tense.title()).desc().type_name in EVENTS
