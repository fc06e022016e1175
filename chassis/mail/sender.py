"""The worker that sends mail: at least once, later and later while the mail server is away."""

import datetime
import logging
import smtplib
import threading

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from chassis.database.session import unit_of_work
from chassis.database.tables import MailRow
from chassis.mail.smtp import connect, to_message
from chassis.service import Runtime

LOG = logging.getLogger(__name__)
# Seconds between two looks at the queue.
_PAUSE = 1.0
_BATCH = 5
# Seconds until the next try, by how many there were.
LADDER = (10, 60, 300, 1800, 7200)


class MailSender:
    """Sends what is in the queue until it is stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
        self._has_complained = False

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends after the mail that is on its way."""
        self._stopping.set()
        self._thread.join(timeout=25)

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE):
            try:
                while not self._stopping.is_set() and self.send_some() == _BATCH:
                    pass
            except (DBAPIError, PoolTimeout):
                LOG.warning("the database is away; mail waits")

    def send_some(self) -> int:
        """Sends up to five mails that are due. Returns how many it has dealt with."""
        settings = self._runtime.settings
        with unit_of_work(self._runtime.direct_engine) as session:
            now = datetime.datetime.now(datetime.UTC)
            session.execute(delete(MailRow).where(MailRow.expire_time <= now))
            if not settings.smtp_url:
                self._complain(session)
                return 0
            # Locked until they are sent, so that another worker sends others.
            due = session.scalars(
                select(MailRow)
                .where(MailRow.next_time <= now)
                .order_by(MailRow.next_time)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if due:
                self._send(session, list(due))
            return len(due)

    def _send(self, session: Session, mails: list[MailRow]) -> None:
        settings = self._runtime.settings
        try:
            server = connect(settings.smtp_url)
        except (OSError, smtplib.SMTPException) as error:
            LOG.warning("the mail server is away", extra={"error": type(error).__name__})
            for mail in mails:
                _put_off(mail)
            return
        with server:
            for mail in mails:
                try:
                    server.send_message(to_message(mail, sender=settings.mail_from))
                except (OSError, ValueError, smtplib.SMTPException) as error:
                    # Without the address: it is somebody's.
                    LOG.warning(
                        "a mail was not taken",
                        extra={"mail": mail.id, "error": type(error).__name__},
                    )
                    _put_off(mail)
                else:
                    session.delete(mail)

    def _complain(self, session: Session) -> None:
        if not self._has_complained and session.scalar(select(exists(select(MailRow.id)))):
            LOG.warning("mail waits to be sent: set WASL_SMTP_URL")
            self._has_complained = True


def _put_off(mail: MailRow) -> None:
    seconds = LADDER[min(mail.attempts, len(LADDER) - 1)]
    mail.attempts += 1
    mail.next_time = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
