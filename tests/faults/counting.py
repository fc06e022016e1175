"""A service of the tests' own that writes a line for every event, so that twice is seen as twice.

    python -m tests.faults.counting work|dlq

Unlike the facts of reporting, which know versions, its effects are exact only by the inbox. What it
does wrong is in its environment:

    COUNTING_INBOX=off       it consumes without the inbox
    COUNTING_DIES=0.2 SEED   it ends itself with `kill -9`, by this chance around each commit
    COUNTING_POISON=refused  the bug: it cannot apply events about `poison`
    COUNTING_CATCHES_UP=on   it wants to know what was announced before its queue was there
    COUNTING_DEAF=on         it announces and does not listen
"""

import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import DeclarativeBase, Session

from chassis import cli
from chassis.events.consumer import Consumer
from chassis.events.envelope import Event
from chassis.events.listener import Listener, PermanentError
from chassis.service import Service
from wasl.contacts.v1 import events_pb

QUEUE = "counting.on_contact"
KEY = "contacts.contact.created"
POISON = "poison"


def handle(session: Session, events: Sequence[Event]) -> None:
    """Writes a line for each event."""
    names = [change.contact.display_name for event in events for change in event.body.changes]
    if os.environ.get("COUNTING_POISON") and any(name.startswith(POISON) for name in names):
        raise PermanentError("this event is poison")
    session.execute(
        text("INSERT INTO counted SELECT unnest(cast(:names AS text[]))"), {"names": names}
    )


LISTENER = Listener(
    queue=QUEUE,
    keys=(KEY,),
    events=(events_pb,),
    handle=handle,
    catches_up=bool(os.environ.get("COUNTING_CATCHES_UP")),
)


class Base(DeclarativeBase):
    """It has no tables of its own but one that the tests make."""


SERVICE = Service(
    name="counting",
    folder=Path(__file__).parent,
    base=Base,
    protos=(),
    listeners=() if os.environ.get("COUNTING_DEAF") else (LISTENER,),
)


def die_at_random(chance: float, seed: int) -> None:
    """From now on a transaction may be this process's last: before its commit, or right after."""
    dice = random.Random(seed)

    def roll(_session: Any) -> None:
        if dice.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "before_commit", roll)
    event.listen(Session, "after_commit", roll)


def main() -> int:
    """Runs a verb. Returns the exit code."""
    Consumer.use_inbox = os.environ.get("COUNTING_INBOX") != "off"
    if dies := os.environ.get("COUNTING_DIES"):
        chance, seed = dies.split()
        die_at_random(float(chance), int(seed))
    return cli.main(SERVICE, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
