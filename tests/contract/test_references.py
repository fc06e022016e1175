"""What refers to what: the protos say the same as the services check."""

import pytest
from protobuf import DescMessage

from chassis.resources.resource import Resource
from tests.integration.chassis.test_migrations import all_services
from wasl.options.v1 import field_pb

RESOURCES = [
    pytest.param(resource, id=resource.name)
    for service in all_services()
    for resource in service.resources
]


def told(desc: DescMessage, above: str = "") -> dict[str, str]:
    """The references that a message and what is in it declare, by path."""
    found: dict[str, str] = {}
    for field in desc.fields:
        options = field.proto.options
        has_policy = options is not None and field_pb.ext_field in options
        if has_policy and (reference := options[field_pb.ext_field].reference):
            found[above + field.name] = reference
        inner = getattr(field.value, "message", None) or getattr(field.value, "element", None)
        if isinstance(inner, DescMessage) and inner.type_name.startswith("wasl."):
            found |= told(inner, f"{above}{field.name}.")
    return found


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_proto_names_the_resource_that_the_service_looks_in(resource: Resource):
    declared = told(resource.message.desc())
    for path, name in resource.references.items():
        assert declared.get(path) == name, path


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_id_of_another_record_says_whose_it_is(resource: Resource):
    unnamed = {
        field.name
        for field in resource.message.desc().fields
        if field.name.endswith(("_id", "_ids")) and field.name not in told(resource.message.desc())
    }
    # They are other systems' ids.
    assert unnamed <= {"external_id", "client_id"}
