"""What each role may do, until roles are records of their own."""
# name: escaped, because grants become a resource with roles

from collections.abc import Mapping

GRANTS: Mapping[str, tuple[str, ...]] = {
    "ADMINISTRATOR": ("*",),
    "MEMBER": (
        "contacts.*",
        "sales.*",
        "reporting.*",
        "identity.users.get",
        "identity.users.list",
        "identity.teams.get",
        "identity.teams.list",
    ),
    "VIEWER": (
        "contacts.contacts.get",
        "contacts.contacts.list",
        "contacts.companies.get",
        "contacts.companies.list",
        "contacts.customFields.get",
        "contacts.customFields.list",
        "sales.products.get",
        "sales.products.list",
        "sales.pipelines.get",
        "sales.pipelines.list",
        "sales.opportunities.get",
        "sales.opportunities.list",
        "sales.customFields.get",
        "sales.customFields.list",
        "reporting.reports.run",
        "identity.users.get",
        "identity.users.list",
        "identity.teams.get",
        "identity.teams.list",
    ),
}
