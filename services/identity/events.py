"""What identity does when others announce: it keeps the audit log."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chassis.events.envelope import Event, every_events_module
from chassis.events.listener import Listener, settings_of
from services.identity.rules.audit_entry import append_entries, today
from services.identity.rules.audit_keys import make_seals
from services.identity.rules.audit_telling import entry_of
from services.identity.settings import IdentitySettings


def write_entries(session: Session, events: Sequence[Event]) -> None:
    """Adds what audited calls have done to the audit log."""
    settings = settings_of(session)
    assert isinstance(settings, IdentitySettings)
    append_entries(
        session,
        [entry_of(event) for event in events],
        known=make_seals(settings.audit_key),
        today=today(),
    )


LISTENERS = (
    Listener(
        queue="identity.on_anything",
        keys=("#",),
        events=every_events_module(),
        handle=write_entries,
        catches_up=True,
        records=True,
        only_audited=True,
    ),
)
