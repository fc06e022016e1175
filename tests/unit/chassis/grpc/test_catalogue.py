"""The catalogue of permissions and groups of fields, as the descriptors tell it."""

from chassis.grpc import catalogue
from chassis.grpc.method import describe_method
from services.contacts.service import SERVICE as CONTACTS
from services.identity.service import SERVICE as IDENTITY
from services.sales.service import SERVICE as SALES


def test_every_permission_that_an_rpc_asks_for_is_in_the_catalogue():
    known = {permission.name for permission in catalogue.permissions()}
    asked = {
        describe_method(method, service=service.name).permission
        for service in (CONTACTS, IDENTITY, SALES)
        for module in service.protos
        for desc in module.desc().services
        for method in desc.methods
    } - {""}
    assert asked <= known


def test_what_every_service_has_is_there_for_each():
    known = {permission.name for permission in catalogue.permissions()}
    for service in catalogue.service_names():
        assert f"{service}.customFields.list" in known
        assert f"{service}.shares.create" in known
    assert not any(name.startswith("platform.") for name in known)


def test_scope_matters_where_records_have_owners():
    scoped = {
        f"{known.service}.{known.collection}" for known in catalogue.permissions() if known.scoped
    }
    assert {"contacts.contacts", "contacts.companies", "sales.opportunities"} <= scoped
    assert "reporting.reports" in scoped
    assert not {"sales.products", "identity.users", "identity.views"} & scoped


def test_a_group_names_its_fields_as_the_api_does():
    groups = {group.name: group.fields for group in catalogue.field_groups()}
    assert {"sales.opportunities.amount", "sales.opportunities.productLines"} <= set(
        groups["sales.amounts"]
    )


def test_a_pattern_is_known_when_it_covers_something():
    for pattern in ("*", "contacts.*", "contacts.contacts.*", "contacts.contacts.get"):
        assert catalogue.is_permission(pattern)
    for pattern in ("", "contact.*", "contacts", "contacts.contacts.fly", "contacts.contacts"):
        assert not catalogue.is_permission(pattern)
