"""The trail of an audited call: it travels beside the events that the call records.

The events tell what changed; the trail tells who did it and from where. Both are written in the
transaction of the change, so that nothing is done without its entry and no entry is about nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import orjson
from sqlalchemy.orm import Session

_KEY = "wasl.trail"
# Characters; a filter may be long.
_LONGEST_SUBJECT = 1000


@dataclass(frozen=True, kw_only=True)
class Trail:
    """Who calls what, with which credential, from where, and how it ended."""

    # What was called, such as `UpdateContact`, and the service that answers.
    method: str
    service: str
    user_id: str = ""
    # `session:<id>`, `apiKey:<id>`, `oidc:<provider>`; empty for nobody.
    credential: str = ""
    # The gRPC code.
    outcome: str = "OK"
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    # What it was about, where no change tells.
    subject: str = ""
    # Makes the subject, for it is not always needed.
    describe: Callable[[], str] | None = field(default=None, compare=False, repr=False)
    # Whether it is told even when nothing was announced. A batch of a job is not: its job was.
    alone: bool = True

    def header(self) -> str:
        """The trail as a message carries it."""
        return orjson.dumps(
            {
                "method": self.method,
                "service": self.service,
                "userId": self.user_id,
                "credential": self.credential,
                "outcome": self.outcome,
                "address": self.address,
                "userAgent": self.user_agent,
                "requestId": self.request_id,
                "subject": self.subject[:_LONGEST_SUBJECT],
            }
        ).decode()


def read_trail(header: str) -> Trail:
    """The trail that a message carries. Raises ValueError when it is none."""
    told = json.loads(header)
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ValueError("a trail is an object of texts")
    return Trail(
        method=told.get("method", ""),
        service=told.get("service", ""),
        user_id=told.get("userId", ""),
        credential=told.get("credential", ""),
        outcome=told.get("outcome", ""),
        address=told.get("address", ""),
        user_agent=told.get("userAgent", ""),
        request_id=told.get("requestId", ""),
        subject=told.get("subject", ""),
    )


def begin_trail(session: Session, trail: Trail) -> None:
    """From here on, what the session announces is told with this trail."""
    session.info[_KEY] = trail


def end_trail(session: Session) -> None:
    """Tells nothing of what follows, such as the repeated answer to a repeated request."""
    session.info.pop(_KEY, None)


def trail_of(session: Session) -> Trail | None:
    """The trail that a session works under; None when nobody asks for one."""
    found: Trail | None = session.info.get(_KEY)
    return found


def kept_trail(session: Session) -> str:
    """The trail as it is kept for work that goes on without the call; empty without one."""
    trail = trail_of(session)
    return trail.header() if trail is not None else ""


def continue_trail(session: Session, kept: str) -> None:
    """Goes on under a trail that was kept. What announces nothing is not told again."""
    if kept:
        begin_trail(session, replace(read_trail(kept), alone=False))


def note_actor(session: Session, *, user_id: str, credential: str = "") -> None:
    """Says who the caller is, once a sign-in has found out."""
    _change(session, user_id=user_id, credential=credential)


def note_subject(session: Session, subject: str) -> None:
    """Says what the call is about, where its request does not tell."""
    _change(session, subject=subject)


def _change(session: Session, **told: str) -> None:
    trail = trail_of(session)
    if trail is not None:
        # mypy cannot see which of the fields these are
        session.info[_KEY] = replace(trail, **told)  # type: ignore[arg-type]
