"""Import jobs: they survive their workers, can be cancelled, and clean up behind themselves."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from chassis.database.tables import JobFileRow, JobRow, OutboxRow
from chassis.jobs.runner import JobRunner
from chassis.resources.imports import run as run_module
from chassis.testing.client import refusal
from services.contacts.service import SERVICE as CONTACTS
from tests.integration.chassis.importing import Handling, Imports, State, counts
from wasl.contacts.v1 import events_pb
from wasl.platform.v1.job_service_pb import CancelJobRequest


@pytest.fixture
def imports(start_service):
    return Imports(start_service(CONTACTS))


def announced(imports: Imports) -> list[str]:
    with imports.running.session() as session:
        bodies = session.scalars(select(OutboxRow.body).order_by(OutboxRow.sequence))
        return [
            change.contact.display_name
            for body in bodies
            for change in events_pb.ContactCreated.from_binary(body).changes
        ]


class Killed(BaseException):
    """What a test raises where a real worker would be killed."""


@pytest.mark.parametrize("handling", [Handling.CREATE, Handling.UPDATE])
@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_a_job_whose_worker_was_killed_goes_on_with_no_row_lost_or_doubled(
    imports, monkeypatch, when, handling
):
    monkeypatch.setattr(run_module, "BATCH", 50)
    names = [f"Person {number:03}" for number in range(420)]
    lines = [f"{name},p{number}@wasl.example" for number, name in enumerate(names)]
    lines[77] = "Bad,no address"
    data = "\n".join(["displayName,emails.address", *lines]).encode()
    job = imports.client.upload("import_contacts", data, on_duplicate=handling)
    note, count = run_module._note, run_module._count
    lives = random.Random(1).choices([0, 1, 2, 3], k=6)

    for life in lives:
        left = [life]

        def die(*args: Any, left: list[int] = left, work: Any = None) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return work(*args)

        if when == "before the commit":
            monkeypatch.setattr(run_module, "_note", lambda *args: die(*args, work=note))
        else:
            monkeypatch.setattr(run_module, "_count", lambda *args: die(*args, work=count))
        try:
            JobRunner(imports.running.runtime).run_one()
        except Killed:
            assert imports.job(job).state == State.RUNNING
    monkeypatch.setattr(run_module, "_note", note)
    monkeypatch.setattr(run_module, "_count", count)
    while JobRunner(imports.running.runtime).run_one():
        pass
    done = imports.job(job)
    assert done.state == State.SUCCEEDED
    assert counts(done) == (419, 0, 0, 1)
    expected = sorted(set(names) - {"Person 077"})
    assert imports.names() == expected
    assert sorted(announced(imports)) == expected
    assert [row[0] for row in imports.failures(done)[1:]] == ["79"]


def test_a_stopping_worker_ends_after_its_batch_and_another_goes_on(imports, monkeypatch):
    monkeypatch.setattr(run_module, "BATCH", 10)
    data = "\n".join(["displayName", *(f"Person {number:02}" for number in range(45))])
    job = imports.client.upload("import_contacts", data.encode())
    first = JobRunner(imports.running.runtime)
    first._stopping.set()
    assert first.run_one()
    found = imports.job(job)
    assert (found.state, found.progress.rows_read) == (State.RUNNING, 10)
    assert JobRunner(imports.running.runtime).run_one()
    found = imports.job(job)
    assert (found.state, found.progress.rows_read) == (State.SUCCEEDED, 45)
    assert imports.names() == [f"Person {number:02}" for number in range(45)]


def test_two_workers_never_run_one_job_together(imports, monkeypatch):
    monkeypatch.setattr(run_module, "BATCH", 5)
    data = "\n".join(["displayName", *(f"Person {number:03}" for number in range(200))])
    imports.client.upload("import_contacts", data.encode())
    with ThreadPoolExecutor(4) as pool:
        worked = list(pool.map(lambda _: JobRunner(imports.running.runtime).run_one(), range(4)))
    assert worked.count(True) >= 1
    assert imports.names() == [f"Person {number:03}" for number in range(200)]


def test_a_job_that_is_cancelled_in_mid_run_keeps_what_it_wrote(imports, monkeypatch):
    monkeypatch.setattr(run_module, "BATCH", 10)
    data = "\n".join(["displayName", *(f"Person {number:02}" for number in range(45))])
    job = imports.client.upload("import_contacts", data.encode())
    count = run_module._count
    batches = []

    def cancel_at_second(*args: Any) -> None:
        count(*args)
        batches.append(1)
        if len(batches) == 2:
            imports.client.cancel_job(CancelJobRequest(service="contacts", id=job.id))

    monkeypatch.setattr(run_module, "_count", cancel_at_second)
    assert JobRunner(imports.running.runtime).run_one()
    found = imports.job(job)
    assert found.state == State.CANCELLED
    assert found.progress.rows_read == 30
    assert len(imports.names()) == 30
    assert not JobRunner(imports.running.runtime).run_one()
    refused = refusal(
        lambda: imports.client.cancel_job(CancelJobRequest(service="contacts", id=job.id))
    )
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "JOB_IS_OVER")


def test_a_job_that_is_cancelled_before_it_runs_never_does_and_leaves_no_file(imports):
    job = imports.client.upload("import_contacts", b"displayName\nAda\n")
    cancelled = imports.client.cancel_job(CancelJobRequest(service="contacts", id=job.id))
    assert cancelled.state == State.CANCELLED
    assert cancelled.end_time is not None
    assert not JobRunner(imports.running.runtime).run_one()
    assert imports.names() == []
    with imports.running.session() as session:
        assert session.scalars(select(JobFileRow.job_id)).all() == []


def test_the_file_is_gone_when_the_job_is_over_and_the_refused_rows_are_not(imports):
    job = imports("contacts", "displayName,emails.address\nAda,nonsense\n")
    with imports.running.session() as session:
        assert session.scalars(select(JobFileRow.job_id)).all() == []
        assert session.get_one(JobRow, job.id).end_time is not None
    assert len(imports.failures(job)) == 2
