"""The restore drill: all databases go back to one moment, RabbitMQ does not, and everything agrees.

What happens after the moment is undone, what was under way at it goes on, and reporting shows sales
to the cent, whether RabbitMQ was lost or still holds changes that have never happened any more.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import sales_pipeline
from tests.e2e.client import Api
from tests.e2e.figures import EXPECTED, all_figures, report
from tests.e2e.suite import Suite, eventually, running_suite
from tests.faults.restoring import Drill

# What both keep of a deal, in the same order. A deleted deal counts in neither.
_DEALS = """
SELECT id, version, state, stage_id, company_id, owner_id, team_id, amount_amount, amount_currency
FROM opportunity WHERE delete_time IS NULL ORDER BY id"""
_FACTS = """
SELECT id, version, state, stage_id, company_id, owner_id, team_id, amount, currency
FROM opportunity_fact WHERE valid_to IS NULL AND NOT deleted ORDER BY id"""


@pytest.fixture
def drill() -> Iterator[Drill]:
    """An empty suite whose PostgreSQL archives its log."""
    with running_suite() as suite:
        made = Drill(suite)
        made.begin_archiving()
        yield made


def rows(suite: Suite, service: str, statement: str) -> list[tuple[object, ...]]:
    with suite.database(service) as connection:
        return connection.execute(statement).fetchall()


def agree(suite: Suite) -> bool:
    """Whether reporting has every deal of sales as it is, once, and no other."""
    return rows(suite, "sales", _DEALS) == rows(suite, "reporting", _FACTS)


def change(api: Api, deal: dict[str, Any], amount: str) -> dict[str, Any]:
    changed: dict[str, Any] = api.call(
        "PATCH",
        f"/v1/opportunities/{deal['id']}",
        json={"amount": {"amount": amount, "currency": "USD"}},
        headers={"If-Match": f'"{deal["etag"]}"'},
    )
    return changed


class Story:
    """What people do before the moment and after it; the second part is undone."""

    def __init__(self, drill: Drill, api: Api) -> None:
        self.drill, self.api = drill, api
        self.kept = api.post("/v1/opportunities", {"name": "Kept", "amount": money("10.00")})
        self.person = api.post(
            "/v1/users", {"email": "leaver@wasl.example", "displayName": "Leaver"}
        )
        drill.suite.settle()

    def moment(self) -> str:
        """The moment to come back to. reporting does not hear of anything any more."""
        os.kill(self.drill.suite.pids()["reporting"], signal.SIGSTOP)
        # On its way at the moment: announced, and heard by nobody.
        self.kept = change(self.api, self.kept, "20.00")
        self.late = self.api.post("/v1/opportunities", {"name": "Late", "amount": money("0.01")})
        eventually(lambda: not self.drill.suite.outboxes()["sales"], seconds=60)
        return self.drill.superuser("SELECT clock_timestamp()")

    def what_is_undone(self) -> None:
        """Changes after the moment, all of which reach RabbitMQ, and none reporting."""
        deal = self.kept
        for amount in ("1000.00", "2000.00", "3000.00"):
            deal = change(self.api, deal, amount)
        self.api.post("/v1/opportunities", {"name": "Never", "amount": money("5000.00")})
        self.api.call(
            "DELETE",
            f"/v1/opportunities/{self.late['id']}",
            headers={"If-Match": f'"{self.late["etag"]}"'},
        )
        self.api.post(f"/v1/users/{self.person['id']}:disable", {})
        eventually(lambda: not any(self.drill.suite.outboxes().values()), seconds=60)
        # identity has the last of it in its log.
        eventually(lambda: self.log_of_disabling() == 1)

    def log_of_disabling(self) -> int:
        return self.drill.suite.count("identity", "audit_entry", "method = 'DisableUser'")

    def check(self, *, keeps_the_log: bool) -> None:
        """Everything is as it was at the moment, agrees, and goes on."""
        suite, api = self.drill.suite, self.api
        eventually(lambda: agree(suite), seconds=60, what="reporting shows sales to the cent")
        suite.settle()
        assert agree(suite)
        names = {item["name"] for item in api.get("/v1/opportunities", filter="amount < 6000")[
            "opportunities"]} & {"Kept", "Late", "Never"}  # fmt: skip
        assert names == {"Kept", "Late"}
        assert api.get(f"/v1/users/{self.person['id']}")["state"] != "DISABLED"
        # What was done stays told, though it was undone, where RabbitMQ still knew of it.
        assert self.log_of_disabling() == int(keeps_the_log)
        assert "as it was written" in suite.verb("identity", "audit", "verify")
        # New versions have numbers that were used before, for something else.
        deal = api.get(f"/v1/opportunities/{self.kept['id']}")
        assert deal["amount"]["amount"] == "20.00"
        change(api, deal, "21.00")
        api.post("/v1/opportunities", {"name": "New", "amount": money("7.00")})
        eventually(lambda: agree(suite), seconds=30, what="new writes arrive")
        suite.settle()
        assert suite.dead_letters() == 0


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def test_after_a_restore_everything_agrees_though_rabbitmq_is_ahead(drill: Drill) -> None:
    api = drill.suite.api(patience=20)
    story = Story(drill, api)
    drill.shell("backup")
    for number in range(20):
        api.post("/v1/opportunities", {"name": f"Deal {number}", "amount": money(f"{number}.10")})
    point = story.moment()
    story.what_is_undone()
    drill.destroy()
    drill.restore(point, keep_rabbitmq=True)
    said = drill.redrive()
    drill.suite.stack("start")
    print(said)
    story.check(keeps_the_log=True)


@pytest.mark.faults
def test_without_redrive_reporting_believes_what_was_undone_until_it_is_rebuilt(
    drill: Drill,
) -> None:
    story = Story(drill, drill.suite.api(patience=20))
    drill.shell("backup")
    point = story.moment()
    story.what_is_undone()
    drill.destroy()
    drill.restore(point, keep_rabbitmq=True)
    drill.suite.stack("start")
    drill.suite.settle()
    assert not agree(drill.suite)
    # Its database is ahead now, as after a restore of all others: what it holds is never overtaken.
    drill.suite.stack("stop")
    drill.start_servers()
    drill.redrive()
    drill.suite.stack("start")
    drill.suite.settle()
    assert not agree(drill.suite)
    drill.suite.stack("stop")
    drill.start_servers()
    drill.redrive(rebuild="reporting")
    drill.suite.stack("start")
    eventually(lambda: agree(drill.suite), seconds=60, what="reporting shows sales to the cent")


@pytest.mark.faults
def test_redrive_refuses_while_work_is_running(drill: Drill) -> None:
    with pytest.raises(AssertionError, match="is running: stop that of every service first"):
        drill.suite.verb("sales", "redrive")


@pytest.mark.faults
@pytest.mark.parametrize("keep_rabbitmq", [True, False], ids=["rabbitmq ahead", "rabbitmq lost"])
def test_the_real_pipeline_is_exact_after_a_restore_in_the_middle_of_its_import(
    drill: Drill, data: Path, tmp_path: Path, keep_rabbitmq: bool
) -> None:
    suite = drill.suite
    api = suite.api(patience=20)
    sales_pipeline.bring_in_people(api, data, tmp_path)
    sales_pipeline.bring_in_accounts(api, data, tmp_path)
    drill.shell("backup")
    sales_pipeline.bring_in_products(api, data)
    suite.settle()
    os.kill(suite.pids()["reporting"], signal.SIGSTOP)
    job = sales_pipeline.start_deals(api, data, with_alias=True)
    eventually(lambda: int(api.get(job)["progress"]["rowsRead"]) > 2000, what="it is under way")
    point = drill.superuser("SELECT clock_timestamp()")
    assert api.wait(job)["state"] == "SUCCEEDED"
    # Undone too: deals of 17 won once more, with another amount.
    for deal in api.get("/v1/opportunities", pageSize=17, filter="state = WON")["opportunities"]:
        change(api, deal, "1.00")
    eventually(lambda: not any(suite.outboxes().values()), seconds=60)
    drill.destroy()
    began = time.monotonic()
    drill.restore(point, keep_rabbitmq=keep_rabbitmq)
    restored = time.monotonic()
    said = drill.redrive()
    redriven = time.monotonic()
    suite.stack("start")
    # The import was in the middle, and goes on by itself.
    assert api.wait(job)["state"] == "SUCCEEDED"
    eventually(lambda: agree(suite), seconds=120, what="reporting shows sales to the cent")
    suite.settle()
    ended = time.monotonic()
    print(
        f"{said}restored in {restored - began:.1f} s, redriven in {redriven - restored:.1f} s, "
        f"true again after {ended - began:.1f} s"
    )
    assert agree(suite)
    assert all_figures(api) == EXPECTED
    assert suite.dead_letters() == 0
    api.post("/v1/opportunities", {"name": "New", "amount": money("7.00")})
    eventually(lambda: int(report(api)["total"]["deals"]) == 8801, what="new writes arrive")
