"""`python -m tools.demo`: fills an empty suite with the demo company, through its API.

Needs `WASL_URL` and `WASL_API_KEY` in the environment, as `.run/admin.env` has them. Nobody but the
administrator can sign in, unless `WASL_DEMO_PASSWORD` (15 characters or more) is set: then there is
a person for each ready-made role, such as `salesManager@wasl.example`, with that password.
"""

import csv
import datetime
import io
import json
import os
import random
import sys
import time
from typing import Any

import httpx

from tools.demo import company

SEED = 1403


def main() -> int:
    """Makes people, products, companies, contacts and deals. Returns the exit code."""
    try:
        url, key = os.environ["WASL_URL"], os.environ["WASL_API_KEY"]
    except KeyError as missing:
        print(f"Set {missing.args[0]}; it stands in .run/admin.env.", file=sys.stderr)
        return 1
    rng = random.Random(SEED)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as api:
        _people(api)
        if password := os.environ.get("WASL_DEMO_PASSWORD"):
            _people_who_sign_in(api, url, password)
        _products(api)
        firms = company.companies(rng)
        _firms(api, firms)
        _contacts(api, company.contacts(rng, firms))
        today = datetime.datetime.now(datetime.UTC).date()
        _deals(api, company.deals(rng, firms, today))
    return 0


def _people(api: httpx.Client) -> None:
    regions = sorted({region for _, region in company.TEAMS})
    _import(
        api,
        "identity",
        "teams",
        [[region] for region in regions],
        {"name": "name", "name ": "region"},
    )
    _import(
        api,
        "identity",
        "teams",
        [[name, region] for name, region in company.TEAMS],
        {"name": "name", "parent": "parentId:name"},
    )
    _import(
        api,
        "identity",
        "users",
        company.people(),
        {
            "name": "displayName",
            "email": "email",
            "team": "teamId:name",
            "role": "roleIds[0]:key",
        },
    )
    _import(
        api,
        "identity",
        "teams",
        [list(row) for row in company.managers().items()],
        {"name": "name", "manager": "managerId:email"},
        onDuplicate="UPDATE",
    )


def _people_who_sign_in(api: httpx.Client, url: str, password: str) -> None:
    team = api.get("/v1/teams", params={"filter": 'name = "Tehran"'}).raise_for_status().json()
    roles = api.get("/v1/roles", params={"filter": "builtIn = true"}).raise_for_status().json()
    # By the way of everybody: an invitation, and the link in it.
    with httpx.Client(base_url=url, timeout=60) as visitor:
        for role in roles["roles"]:
            person = {
                "email": company.email(role["key"]),
                "displayName": role["label"]["en"],
                "roleIds": [role["id"]],
                "teamId": team["teams"][0]["id"],
            }
            made = api.post("/v1/users", json=person).raise_for_status().json()
            invited = api.post(f"/v1/users/{made['id']}:invite", json={}).raise_for_status()
            token = invited.json()["url"].partition("#token=")[2]
            chosen = {"token": token, "newPassword": password}
            visitor.post("/v1/password:reset", json=chosen).raise_for_status()
    print(f"demo: {len(roles['roles'])} people who can sign in")


def _products(api: httpx.Client) -> None:
    _import(
        api,
        "sales",
        "products",
        [list(product) for product in company.PRODUCTS],
        {"name": "name", "series": "series", "code": "code", "price": "listPrice.amount"},
        constants={"listPrice.currency": "USD"},
    )


def _firms(api: httpx.Client, rows: company.Rows) -> None:
    _import(
        api,
        "contacts",
        "companies",
        rows,
        {
            "name": "name",
            "industry": "industry",
            "city": "officeLocation",
            "employees": "employees",
            "revenue": "revenue.amount",
            "owner": "ownerId:email",
        },
        constants={"revenue.currency": "USD"},
    )


def _contacts(api: httpx.Client, rows: company.Rows) -> None:
    _import(
        api,
        "contacts",
        "contacts",
        rows,
        {
            "given": "givenName",
            "family": "familyName",
            "title": "jobTitle",
            "company": "companyId:name",
            "email": "emails.address",
            "phone": "phones.number",
            "city": "addresses.city",
            "country": "addresses.countryCode",
            "language": "preferredLanguage",
            "stage": "lifecycleStage",
            "owner": "ownerId:email",
        },
    )


def _deals(api: httpx.Client, rows: company.Rows) -> None:
    _import(
        api,
        "sales",
        "opportunities",
        rows,
        {
            "number": "externalId",
            "name": "name",
            "company": "companyId:name",
            "owner": "ownerId:email",
            "product": "productLines.productId:name",
            "stage": "stageId:name",
            "engaged": "engageDate",
            "closes": "closeDate",
            "amount": "amount.amount",
        },
        constants={"amount.currency": "USD"},
    )


def _import(
    api: httpx.Client,
    service: str,
    collection: str,
    rows: company.Rows,
    fields: dict[str, str],
    **options: Any,
) -> None:
    """Imports a table and waits for it. `fields`: column -> field, or field:natural key."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([name for name in fields if not name.endswith(" ")])
    writer.writerows(rows)
    columns = []
    for name, target in fields.items():
        field, _, lookup = target.partition(":")
        columns.append({"column": name.strip(), "field": field, "lookup": lookup})
    answer = api.post(
        f"/v1/{collection}:import",
        files={
            "options": (None, json.dumps({"columns": columns, **options}), "application/json"),
            "file": (f"{collection}.csv", table.getvalue().encode(), "text/csv"),
        },
    )
    answer.raise_for_status()
    job = answer.json()
    while job["state"] in ("QUEUED", "RUNNING"):
        time.sleep(0.1)
        job = api.get(f"/v1/{service}/jobs/{job['id']}").raise_for_status().json()
    done = int(job["progress"]["rowsCreated"]) + int(job["progress"]["rowsUpdated"])
    if job["state"] != "SUCCEEDED" or done != len(rows):
        raise SystemExit(f"The demo's {collection} could not be made: {json.dumps(job)}")
    print(f"demo: {done} {collection}")


if __name__ == "__main__":
    sys.exit(main())
