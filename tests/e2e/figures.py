"""What the real sales pipeline must show, and how a report shows it."""

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

from tests.e2e.client import Api

STAGES = {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
REGIONS = {"West": "3568647.00", "Central": "3346293.00", "East": "3090594.00"}
QUARTERS = {
    "2017-Q1": "1134672.00",
    "2017-Q2": "3086111.00",
    "2017-Q3": "2982255.00",
    "2017-Q4": "2802496.00",
}
TOTAL = {
    "deals": "8800",
    "open": "2089",
    "won": "4238",
    "lost": "2473",
    "winRate": 63.15,
    "wonValue": "10005534.00",
    "averageWonValue": "2360.91",
    "meanDaysToClose": 51.78,
}
PRODUCTS = {"GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Pro", "GTX Plus Basic",
            "GTK 500"}  # fmt: skip


def report(api: Api, *group_by: str, **query: Any) -> dict[str, Any]:
    """The pipeline report."""
    found: dict[str, Any] = api.get("/v1/reports/pipeline:run", groupBy=list(group_by), **query)
    return found


def by_label(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of a report over one dimension by what people read."""
    labels = [row["groups"][0]["label"] for row in answer["rows"]]
    assert len(set(labels)) == len(labels), labels
    return dict(zip(labels, answer["rows"], strict=True))


def total_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The total as `TOTAL` writes it."""
    total = answer["total"]
    return {
        **{name: total[name] for name in ("deals", "open", "won", "lost")},
        "winRate": round(total["winRate"] * 100, 2),
        "wonValue": total["wonValue"]["amount"],
        "averageWonValue": total["averageWonValue"]["amount"],
        "meanDaysToClose": round(total["meanDaysToClose"], 2),
    }


def won_values(answer: dict[str, Any]) -> dict[str, str]:
    """The won value by label."""
    return {label: row["wonValue"]["amount"] for label, row in by_label(answer).items()}


def all_figures(api: Api) -> dict[str, Any]:
    """Every figure that the real pipeline is known by, as reporting tells them now."""
    stages = report(api, "STAGE")
    return {
        "stages": {label: int(row["deals"]) for label, row in by_label(stages).items()},
        "total": total_of(stages),
        "regions": won_values(report(api, "REGION")),
        "quarters": won_values(report(api, "QUARTER", filter="state = WON")),
    }


EXPECTED = {"stages": STAGES, "total": TOTAL, "regions": REGIONS, "quarters": QUARTERS}


def read_csv(body: bytes) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def read_xlsx(body: bytes) -> str:
    """All text of a workbook."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        parts = [book.read(name) for name in book.namelist() if name.endswith(".xml")]
    return "\n".join(
        text for part in parts for text in ElementTree.fromstring(part).itertext() if text.strip()
    )
