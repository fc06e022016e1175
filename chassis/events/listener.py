"""What a service does when others announce: one queue, some keys, one function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from sqlalchemy.orm import Session

from chassis.events.envelope import AUDIT, Event
from chassis.settings import Settings

# Applies events, oldest first, in the transaction of the session. Several at once, because a
# transaction per message would wait for the disk each time. Raises PermanentError for an event that
# can never be applied; any other error is tried again.
Handle = Callable[[Session, Sequence[Event]], None]


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One durable queue of a service: `reporting.on_opportunity`."""

    queue: str
    # Binding keys, such as `sales.opportunity.*`.
    keys: tuple[str, ...]
    # The generated `events_pb` modules that the keys' events are in.
    events: tuple[ModuleType, ...]
    handle: Handle
    # Whether it wants to know what was announced before its queue was there: read models do.
    catches_up: bool = False
    # Whether it keeps what has happened, and not what is: after a restore it reads the feed again.
    records: bool = False
    # Whether it wants only what somebody did in an audited call; the rest it is not even shown.
    only_audited: bool = False

    def wants(self, headers: Mapping[str, object]) -> bool:
        """Whether a message with these headers is for it."""
        return not self.only_audited or AUDIT in headers


_SETTINGS = "wasl.settings"


def settings_of(session: Session) -> Settings:
    """The settings of the service, for a listener that needs them."""
    found: Settings = session.info[_SETTINGS]
    return found


def keep_settings(session: Session, settings: Settings) -> None:
    """Lets the listener that works on a session ask for the settings."""
    session.info[_SETTINGS] = settings


class PermanentError(Exception):
    """An event that no retry will ever apply; it goes to the dead letters at once."""
