"""`audit rekey`: the log goes on under another key while processes of both settings write to it."""

import argparse
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from chassis.errors import FailedPrecondition
from chassis.testing.running import RunningService
from services.identity.rules.audit_entry import append_entries
from services.identity.rules.audit_keys import make_seals
from services.identity.service import SERVICE
from services.identity.tables.audit_entry import AuditEntryRow
from services.identity.verbs import VERBS

OLD, NEW = ("the old key of thirty-two letters or more", "a new key of thirty-two letters or more")
TODAY = datetime.date(2026, 1, 1)


class Process:
    """identity with a setting of its own, on a database that others share."""

    def __init__(self, running: RunningService, audit_key: str) -> None:
        url = running.runtime.settings.database_url
        settings = running.keys.settings(SERVICE, url, audit_key=audit_key)
        self._running = RunningService(SERVICE, settings, keys=running.keys)
        self._known = make_seals(audit_key)

    def write(self, number: int, *, day: datetime.date = TODAY) -> None:
        with self._running.session() as session:
            append_entries(session, [entry(number)], known=self._known, today=day)

    def audit(self, *arguments: str) -> tuple[int, str]:
        verb = VERBS[0]
        parser = argparse.ArgumentParser()
        verb.arguments(parser)
        said: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            for stream in ("stdout", "stderr"):
                patch.setattr(f"sys.{stream}.write", said.append)
            code = verb.run(self._running.runtime, parser.parse_args(arguments))
        return code, "".join(said)

    def tamper(self, statement: str) -> None:
        with self._running.session() as session:
            session.execute(text(statement))

    def stop(self) -> None:
        self._running.stop()


def entry(number: int) -> AuditEntryRow:
    words = ("user_id", "credential", "method", "service", "outcome", "address", "user_agent")
    return AuditEntryRow(
        id=f"01900000-0000-7000-8000-{number:012}",
        time=datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC),
        **dict.fromkeys((*words, "request_id", "subject"), ""),
        changes=[],
        resources=[],
        record_ids=[],
    )


@pytest.fixture
def process(start_service: Callable[..., Any]):
    first = start_service(SERVICE, serves=False)
    started: list[Process] = []

    def start(audit_key: str) -> Process:
        started.append(Process(first, audit_key))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_a_key_is_changed_step_by_step_and_everything_stays_verified(process):
    before, during = process(OLD), process(f"{NEW},{OLD}")
    before.write(1)
    # Step 1: some processes know the new key already, none uses it.
    during.write(2)
    before.write(3)
    assert before.audit("verify")[0] == 0
    code, said = during.audit("verify")
    assert (code, "audit rekey" in said) == (1, True)
    # Step 2: the log is moved; who knows both goes on with the new key.
    code, said = during.audit("rekey")
    assert (code, "after entry 3 of 2026-01-01" in said) == (0, True)
    during.write(4)
    during.write(5, day=TODAY + datetime.timedelta(days=1))
    assert during.audit("verify")[0] == 0
    assert during.audit("rekey") == (0, "The audit log is under the first key already, or empty.\n")
    # Who has not heard of the new key refuses to write, and is heard again once it has.
    with pytest.raises(FailedPrecondition) as refused:
        before.write(6)
    assert refused.value.reason == "AUDIT_KEY_UNKNOWN"
    during.write(6)
    assert during.audit("verify")[0] == 0


def test_a_process_that_names_the_new_key_second_writes_with_it_too(process):
    late, early = process(f"{OLD},{NEW}"), process(f"{NEW},{OLD}")
    late.write(1)
    early.audit("rekey")
    late.write(2)
    assert early.audit("verify")[0] == 0
    # And nobody goes back by accident.
    code, said = late.audit("rekey")
    assert (code, "was retired" in said) == (1, True)
    assert early.audit("verify")[0] == 0


def test_a_log_with_an_altered_head_is_not_sealed_anew(process):
    before, during = process(OLD), process(f"{NEW},{OLD}")
    for number, day in ((1, TODAY), (2, TODAY), (3, TODAY + datetime.timedelta(days=1))):
        before.write(number, day=day)
    during.audit("rekey")
    third = process(f"{NEW} again,{NEW},{OLD}")
    third.tamper("UPDATE audit_day SET count = 7 WHERE day = '2026-01-02'")
    code, said = third.audit("rekey")
    assert (code, "altered" in said) == (1, True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_key_change",
        "UPDATE audit_key_change SET count = 1",
        "UPDATE audit_entry SET user_id = 'mallory' WHERE number = 1",
    ],
)
def test_what_is_done_to_a_log_with_two_keys_is_found(process, statement):
    before, during = process(OLD), process(f"{NEW},{OLD}")
    for number in (1, 2):
        before.write(number)
    during.audit("rekey")
    during.write(3)
    assert during.audit("verify")[0] == 0
    during.tamper(statement)
    assert during.audit("verify")[0] == 1


def test_an_empty_log_begins_with_the_first_key(process):
    during = process(f"{NEW},{OLD}")
    assert during.audit("rekey")[0] == 0
    during.write(1)
    assert during.audit("verify")[0] == process(NEW).audit("verify")[0] == 0
