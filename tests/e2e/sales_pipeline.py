"""The real sales pipeline of `crm_sales_opportunities`, brought in only through the public API."""

import csv
from pathlib import Path
from typing import Any

from tests.e2e.client import Api

COLUMNS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"column": "account", "field": "name"},
        {"column": "sector", "field": "industry", "aliases": {"technolgy": "technology"}},
        {"column": "year_established", "field": "foundedYear"},
        {"column": "employees", "field": "employees"},
        {"column": "office_location", "field": "officeLocation"},
        # In millions.
        {"column": "revenue", "field": "revenue.amount"},
    ],
    "products": [
        {"column": "product", "field": "name"},
        {"column": "series", "field": "series"},
        {"column": "sales_price", "field": "listPrice.amount"},
    ],
    "deals": [
        {"column": "opportunity_id", "field": "externalId"},
        {"column": "opportunity_id", "field": "name"},
        {"column": "sales_agent", "field": "ownerId", "lookup": "displayName"},
        {"column": "product", "field": "productLines.productId", "lookup": "name"},
        {"column": "account", "field": "companyId", "lookup": "name"},
        {"column": "deal_stage", "field": "stageId", "lookup": "name"},
        {"column": "engage_date", "field": "engageDate"},
        {"column": "close_date", "field": "closeDate"},
        {"column": "close_value", "field": "amount.amount"},
    ],
}
# The pipeline spells one product differently from the list of products.
PRODUCT_ALIAS = {"GTXPro": "GTX Pro"}


def bring_in_people(api: Api, data: Path, work: Path) -> None:
    """Regions, managers' teams and agents, out of one file that has them in three columns."""
    with (data / "sales_teams.csv").open(newline="") as file:
        agents = list(csv.DictReader(file))
    managers = {row["manager"]: row["regional_office"] for row in agents}
    regions = sorted(set(managers.values()))
    people = [*managers, *(row["sales_agent"] for row in agents)]
    _import(
        api,
        "users",
        _table(work / "people.csv", ["name", "email"], [[name, _email(name)] for name in people]),
        [{"column": "name", "field": "displayName"}, {"column": "email", "field": "email"}],
        service="identity",
    )
    _import(
        api,
        "teams",
        _table(work / "regions.csv", ["name"], [[region] for region in regions]),
        [{"column": "name", "field": "name"}, {"column": "name", "field": "region"}],
        service="identity",
    )
    teams = [[f"Team {name}", region, _email(name)] for name, region in managers.items()]
    _import(
        api,
        "teams",
        _table(work / "teams.csv", ["name", "region", "manager"], teams),
        [
            {"column": "name", "field": "name"},
            {"column": "region", "field": "parentId", "lookup": "name"},
            {"column": "manager", "field": "managerId", "lookup": "email"},
        ],
        service="identity",
    )
    membership = [[_email(row["sales_agent"]), f"Team {row['manager']}"] for row in agents]
    _import(
        api,
        "users",
        _table(work / "membership.csv", ["email", "team"], membership),
        [
            {"column": "email", "field": "email"},
            {"column": "email", "field": "displayName", "aliases": _names(agents)},
            {"column": "team", "field": "teamId", "lookup": "name"},
        ],
        service="identity",
        onDuplicate="UPDATE",
    )


def bring_in_accounts(api: Api, data: Path, work: Path) -> None:
    """Companies first without, then with the company they are a subsidiary of."""
    constants = {"revenue.currency": "USD"}
    file = data / "accounts.csv"
    _import(api, "companies", file, COLUMNS["accounts"], service="contacts", constants=constants)
    _import(
        api,
        "companies",
        file,
        [
            {"column": "account", "field": "name"},
            {"column": "subsidiary_of", "field": "parentId", "lookup": "name"},
        ],
        service="contacts",
        onDuplicate="UPDATE",
    )


def bring_in_products(api: Api, data: Path) -> None:
    """The seven products."""
    _import(
        api,
        "products",
        data / "products.csv",
        COLUMNS["products"],
        service="sales",
        constants={"listPrice.currency": "USD"},
    )


def start_deals(api: Api, data: Path, *, with_alias: bool, key: str = "", **options: Any) -> str:
    """Starts the import of all deals. Returns the path of its job.

    With an idempotency `key` it may be asked for again: it starts once.
    """
    columns = [
        column | {"aliases": PRODUCT_ALIAS}
        if with_alias and column["column"] == "product"
        else column
        for column in COLUMNS["deals"]
    ]
    return api.upload(
        "opportunities",
        data / "sales_pipeline.csv",
        {"columns": columns, "constants": {"amount.currency": "USD"}, **options},
        service="sales",
        headers={"Idempotency-Key": key} if key else {},
    )


def _import(
    api: Api, collection: str, file: Path, columns: list[Any], *, service: str, **options: Any
) -> None:
    job = api.wait(api.upload(collection, file, {"columns": columns, **options}, service=service))
    assert job["state"] == "SUCCEEDED", job
    assert job["progress"]["rowsFailed"] == "0", job


def _table(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _email(name: str) -> str:
    return name.lower().replace(" ", ".") + "@wasl.example"


def _names(agents: list[dict[str, str]]) -> dict[str, str]:
    return {_email(row["sales_agent"]): row["sales_agent"] for row in agents}
