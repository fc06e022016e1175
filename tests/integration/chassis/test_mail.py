"""Mail: sent by a real mail server, at least once, and later when it is away."""

import datetime
import socket
import time
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from chassis.database.tables import MailRow
from chassis.mail.queue import Mail, send_later
from chassis.mail.sender import LADDER, MailSender
from services.identity.service import SERVICE

MAIL = Mail(
    to_name="سارا «Sara»",
    to_address="sara@wasl.example",
    subject="گذرواژهٔ تازه",
    text="سلام\nhttps://wasl.example/#token=abc\n",
    html='<p dir="rtl">سلام</p>',
)


class Mailbox:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.received = []
        self.refuses = False

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        if self.refuses:
            return "451 later"
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append((envelope.rcpt_tos, message))
        return "250 taken"


@pytest.fixture
def mailbox():
    box = Mailbox()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        box.port = taken.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


def start(start_service, mailbox, **more):
    url = f"smtp://127.0.0.1:{mailbox.port}" if mailbox else ""
    settings = {"smtp_url": url, "mail_from": "Wasl <wasl@crm.example>"} | more
    return start_service(SERVICE, serves=False, **settings)


def queued(running) -> list[MailRow]:
    with running.session() as session:
        return list(session.scalars(select(MailRow)))


def due_again(running) -> None:
    with running.session() as session:
        session.execute(update(MailRow).values(next_time=datetime.datetime.now(datetime.UTC)))


def test_a_mail_arrives_as_it_was_written(start_service, mailbox):
    running = start(start_service, mailbox)
    with running.session() as session:
        id_ = send_later(session, MAIL)
    assert MailSender(running.runtime).send_some() == 1
    ((recipients, message),) = mailbox.received
    assert recipients == ["sara@wasl.example"]
    assert message["Message-ID"] == f"<{id_}@crm.example>"
    assert message["Subject"] == MAIL.subject
    assert message["From"] == "Wasl <wasl@crm.example>"
    assert message["To"].addresses[0].display_name == MAIL.to_name
    assert message.get_body(("plain",)).get_content().split() == MAIL.text.split()
    assert message.get_body(("html",)).get_content().strip() == MAIL.html
    assert queued(running) == []


def test_a_mail_of_a_transaction_that_failed_is_never_sent(start_service, mailbox):
    running = start(start_service, mailbox)

    def fail() -> None:
        with running.session() as session:
            send_later(session, MAIL)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert MailSender(running.runtime).send_some() == 0
    assert mailbox.received == []


def test_a_mail_that_is_refused_is_tried_later_and_later(start_service, mailbox):
    running = start(start_service, mailbox)
    with running.session() as session:
        send_later(session, MAIL)
    mailbox.refuses = True
    sender = MailSender(running.runtime)
    for expected in LADDER[:3]:
        sender.send_some()
        (mail,) = queued(running)
        wait = (mail.next_time - datetime.datetime.now(datetime.UTC)).total_seconds()
        assert expected - 5 < wait <= expected
        assert sender.send_some() == 0
        due_again(running)
    mailbox.refuses = False
    sender.send_some()
    assert len(mailbox.received) == 1
    assert queued(running) == []


def test_a_mail_server_that_is_away_loses_nothing(start_service, mailbox):
    running = start(start_service, mailbox, smtp_url="smtp://127.0.0.1:1")
    with running.session() as session:
        send_later(session, MAIL)
    MailSender(running.runtime).send_some()
    assert len(queued(running)) == 1


def test_without_a_mail_server_mail_waits_and_the_log_says_so_once(start_service, caplog):
    running = start(start_service, None)
    sender = MailSender(running.runtime)
    sender.send_some()
    assert caplog.text == ""
    with running.session() as session:
        send_later(session, MAIL)
    sender.send_some()
    sender.send_some()
    assert caplog.text.count("WASL_SMTP_URL") == 1
    assert "sara" not in caplog.text
    assert len(queued(running)) == 1


def test_a_mail_that_is_of_no_use_any_more_is_dropped(start_service, mailbox):
    running = start(start_service, mailbox)
    with running.session() as session:
        send_later(session, MAIL, within=datetime.timedelta(seconds=-1))
    MailSender(running.runtime).send_some()
    assert mailbox.received == []
    assert queued(running) == []


def test_a_name_makes_no_headers(start_service, mailbox):
    running = start(start_service, mailbox)
    evil = Mail(
        to_name='Eve"\r\nBcc: all@wasl.example',
        to_address="eve@wasl.example",
        subject="Hi\r\nBcc: all@wasl.example",
        text="x",
        html="x",
    )
    with running.session() as session:
        send_later(session, evil)
    MailSender(running.runtime).send_some()
    ((recipients, message),) = mailbox.received
    assert recipients == ["eve@wasl.example"]
    assert message["Bcc"] is None


def test_the_worker_sends_what_comes_while_it_runs(start_service, mailbox):
    running = start(start_service, mailbox)
    sender = MailSender(running.runtime)
    sender.start()
    with running.session() as session:
        for _ in range(7):
            send_later(session, MAIL)
    deadline = time.monotonic() + 10
    while len(mailbox.received) < 7 and time.monotonic() < deadline:
        time.sleep(0.05)
    sender.stop()
    assert len(mailbox.received) == 7
