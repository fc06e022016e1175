"""Imports into one service, run at once and without a broker."""

import csv
import io
from typing import Any

from chassis.jobs.runner import JobRunner
from chassis.testing.client import Client
from wasl.contacts.v1.contact_service_pb import ListContactsRequest
from wasl.platform.v1.imports_pb import ImportOptions
from wasl.platform.v1.job_pb import Job
from wasl.platform.v1.job_service_pb import DownloadJobFailuresRequest, GetJobRequest

Handling = ImportOptions.DuplicateHandling
State = Job.State


def column(name: str, field: str = "", **more: Any) -> ImportOptions.Column:
    """A column of a mapping; its field has the same name when left out."""
    return ImportOptions.Column(column=name, field=field or name, **more)


class Imports:
    """Imports into one service, run at once and without a broker."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.client = Client(running)

    def __call__(self, collection: str, data: str | bytes, **options: Any) -> Job:
        sent = data.encode() if isinstance(data, str) else data
        job = self.client.upload(f"import_{collection}", sent, **options)
        assert job.state == State.QUEUED
        assert JobRunner(self.running.runtime).run_one()
        return self.job(job)

    def job(self, job: Job) -> Job:
        request = GetJobRequest(service=self.running.service.name, id=job.id)
        found = self.client.get_job(request)
        progress = found.progress
        assert progress.rows_read == (
            progress.rows_created
            + progress.rows_updated
            + progress.rows_skipped
            + progress.rows_failed
        )
        return found

    def failures(self, job: Job) -> list[list[str]]:
        """The refused rows: row number, reason, field, message, then the cells."""
        request = DownloadJobFailuresRequest(service=self.running.service.name, id=job.id)
        text = self.client.download("download_job_failures", request).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    def contacts(self, **query: Any) -> list[Any]:
        request = ListContactsRequest(page_size=1000, order_by="create_time", **query)
        return list(self.client.list_contacts(request).contacts)

    def names(self) -> list[str]:
        return sorted(contact.display_name for contact in self.contacts())


def counts(job: Job) -> tuple[int, int, int, int]:
    """Created, updated, skipped, failed."""
    progress = job.progress
    return (
        progress.rows_created,
        progress.rows_updated,
        progress.rows_skipped,
        progress.rows_failed,
    )
