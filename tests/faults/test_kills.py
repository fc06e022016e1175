"""The import of the real pipeline with `kill -9` at random moments ends with the same figures."""

import collections
import csv
import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import sales_pipeline
from tests.e2e.client import Api
from tests.e2e.figures import EXPECTED, all_figures, by_label, report, total_of
from tests.e2e.suite import Suite, running_suite
from tests.faults.kills import Killer

ROWS = 8800
SOME = 2500


def bring_in_deals(
    suite: Suite, api: Api, folder: Path, killer: Killer, *, rows: int
) -> dict[str, Any]:
    """Imports the deals while the killer is at work; returns the job, once all has arrived."""
    killer.start()
    path = sales_pipeline.start_deals(api, folder, with_alias=True, key="the-deals")
    job = api.wait(path, seconds=300)
    # What is announced twice changes nothing, and gives the kills that are left something to hit.
    while not killer.is_done:
        suite.verb("sales", "republish")
    killer.finish()
    suite.wait_ready(seconds=120)
    suite.settle(seconds=240)
    kinds = suite.count("sales", "job", "kind = 'sales.opportunities.import'")
    assert kinds == 1, "the retried upload has started the import again"
    progress = job["progress"]
    print(f"job: {progress}")
    assert job["state"] == "SUCCEEDED"
    assert progress["rowsRead"] == progress["rowsCreated"] == str(rows)
    assert suite.count("sales", "opportunity") == rows
    assert suite.dead_letters() == 0
    assert set(suite.outboxes().values()) == {0}
    return job


def prepare(suite: Suite, data: Path, work: Path) -> Api:
    """People, accounts and products; returns the API of a customer who is patient."""
    api = suite.api(patience=60)
    sales_pipeline.bring_in_people(api, data, work)
    sales_pipeline.bring_in_accounts(api, data, work)
    sales_pipeline.bring_in_products(api, data)
    return api


def test_three_kills_and_some_deals(suite: Suite, data: Path, tmp_path: Path) -> None:
    api = prepare(suite, data, tmp_path)
    lines = (data / "sales_pipeline.csv").read_text().splitlines()[: SOME + 1]
    (tmp_path / "sales_pipeline.csv").write_text("\n".join(lines))
    killer = Killer(suite, seed=1, victims=["sales", "reporting", "rabbitmq"])

    bring_in_deals(suite, api, tmp_path, killer, rows=SOME)

    deals = list(csv.DictReader(lines))
    stages = report(api, "STAGE")
    counts = {label: int(row["deals"]) for label, row in by_label(stages).items()}
    assert counts == collections.Counter(deal["deal_stage"] for deal in deals)
    won = sum(int(deal["close_value"]) for deal in deals if deal["deal_stage"] == "Won")
    assert total_of(stages)["wonValue"] == f"{won}.00"


@pytest.mark.faults
def test_twenty_kills_and_all_deals(data: Path, tmp_path: Path) -> None:
    # RabbitMQ is left alone for two seconds before each kill; all would be imported by then.
    victims = ["sales", "reporting"] * 3
    later = ["sales"] * 4 + ["reporting"] * 4 + ["rabbitmq"] * 6
    random.Random(20).shuffle(later)
    victims += later
    with running_suite() as suite:
        api = prepare(suite, data, tmp_path)
        killer = Killer(suite, seed=20, victims=victims)
        began = time.monotonic()
        bring_in_deals(suite, api, data, killer, rows=ROWS)
        print(
            f"{len(killer.kills)} kills in {time.monotonic() - began:.0f} s: "
            f"{killer.during_import(ROWS)} during the import, "
            f"{killer.during_consumption(ROWS)} while events were on their way"
        )
        for kill in killer.kills:
            print(f"    {kill}")
        assert killer.during_import(ROWS) > 0
        assert killer.during_consumption(ROWS) > 0
        assert all_figures(api) == EXPECTED
