"""The worker of a service's jobs: takes the oldest, runs it, looks for the next."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from sqlalchemy import func, select, text

from chassis.database.engine import is_away
from chassis.database.session import unit_of_work
from chassis.database.tables import JobFileRow, JobRow
from chassis.errors import Unavailable
from chassis.resources.imports.run import JobFailed, run_import
from chassis.service import Runtime
from chassis.telemetry.metrics import count_job

LOG = logging.getLogger(__name__)
_PAUSE = 0.25


class JobRunner:
    """Runs jobs on a thread of its own until it is stopped.

    Who runs a job holds its advisory lock, on a connection that dies with the process: a job whose
    worker was killed is taken up by the next one at once, and goes on after its last commit.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begins to look for jobs."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends after the batch at hand; the job goes on when a worker starts again."""
        self._stopping.set()
        self._thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = self.run_one()
            except Exception as error:
                worked = False
                if _is_away(error):
                    LOG.warning("what jobs need is away; they wait")
                else:
                    LOG.exception("the job worker stumbled; it goes on")
            if not worked:
                self._stopping.wait(_PAUSE)

    def run_one(self) -> bool:
        """Runs the oldest open job that nobody runs. Returns whether there was one."""
        with self._runtime.direct_engine.connect() as connection:
            ids = connection.scalars(
                select(JobRow.id)
                .where(JobRow.state.in_(("QUEUED", "RUNNING")))
                .order_by(JobRow.create_time)
                .limit(20)
            ).all()
        for id_ in ids:
            with self._lock(id_) as mine:
                if mine:
                    self._work(id_)
                    return True
        return False

    @contextmanager
    def _lock(self, id_: str) -> Iterator[bool]:
        with self._runtime.direct_engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            number = func.hashtextextended(id_, 0)
            mine = bool(connection.scalar(select(func.pg_try_advisory_lock(number))))
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(select(func.pg_advisory_unlock(number)))

    def _work(self, id_: str) -> None:
        with unit_of_work(self._runtime.direct_engine) as session:
            job = session.get_one(JobRow, id_)
            if job.state not in ("QUEUED", "RUNNING"):
                return
            kind = job.kind
            job.state = "RUNNING"
            if job.start_time is None:
                job.start_time = session.scalar(text("SELECT now()"))
        reason = message = ""
        try:
            resource = self._runtime.service.by_name[kind.removesuffix(".import")]
            state = run_import(resource, id_, self._runtime, stopping=self._stopping)
        except JobFailed as error:
            state, reason, message = "FAILED", error.reason, error.message
        except Exception as error:
            if _is_away(error):
                # The job waits, and goes on after its last commit.
                raise
            LOG.exception("a job failed by a mistake of ours", extra={"job": id_})
            state, reason = "FAILED", "INTERNAL"
            message = "The job stopped at a mistake of ours. It is logged under its id."
        if state != "RUNNING":
            self._finish(id_, state=state, reason=reason, message=message)

    def _finish(self, id_: str, *, state: str, reason: str, message: str) -> None:
        with unit_of_work(self._runtime.direct_engine) as session:
            job = session.get_one(JobRow, id_)
            job.state, job.error_reason, job.error_message = state, reason, message
            job.end_time = session.scalar(text("SELECT clock_timestamp()"))
            # The file has done its work; the refused rows are kept.
            session.query(JobFileRow).filter(JobFileRow.job_id == id_).delete()
            kind = job.kind
        count_job(kind=kind, state=state)
        LOG.info("job ended", extra={"job": id_, "state": state})


def _is_away(error: Exception) -> bool:
    return is_away(error) or isinstance(error, Unavailable | grpc.RpcError)
