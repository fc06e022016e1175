"""How often something may be guessed. It is counted before it is known whether the guess is right.

Counting and deciding are one statement, so a thousand guesses at once get as far as a few in a row.
What is refused is not counted: who guesses at one address cannot use up an account's tries for
others. Addresses that an account has signed in from before do not share in the wider limits, so
nobody is locked out by somebody else's guessing.
"""
# name: escaped, because attempts are counted for several RPCs and are no resource

import datetime
import hashlib
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import case, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.session import unit_of_work
from chassis.errors import PermissionDenied, ResourceExhausted, Unauthenticated
from chassis.grpc.call import Call
from chassis.resources.standard import now
from chassis.telemetry import metrics
from services.identity.settings import identity_settings
from services.identity.tables.session import AttemptRow, KnownAddressRow
from services.identity.tables.user import UserRow

_KNOWN_DAYS = 30


@dataclass(frozen=True)
class Attempt:
    """What was counted, to be forgiven when the guess was right."""

    # Of this account at this address: begins anew. The others: one less.
    own: bytes
    shared: tuple[bytes, ...]


def count_sign_in(call: Call, email: str) -> Attempt:
    """Counts a sign-in with a password. Raises ResourceExhausted TOO_MANY_ATTEMPTS.

    In a transaction of its own, because a refused sign-in writes nothing else. Not to be called
    once the call's session holds a connection.
    """
    settings = identity_settings(call.runtime)
    place = place_of(call.client.address)
    own = _key("own", email, place)
    account, address = _key("account", email), _key("address", place)
    window = settings.sign_in_minutes * 60
    with unit_of_work(call.runtime.engine) as session:
        _count(session, own, limit=settings.sign_in_tries, seconds=window)
        if _is_known(session, email, place):
            return Attempt(own, ())
        _count(session, account, limit=settings.sign_in_tries_per_account, seconds=window)
        _count(session, address, limit=settings.sign_in_tries_per_address, seconds=window)
    return Attempt(own, (account, address))


def count_other(call: Call, what: str, who: str, *, limit: int, seconds: int = 900) -> Attempt:
    """Counts a try of somebody at something else, such as the second step. Raises as above."""
    own = _key(what, who)
    with unit_of_work(call.runtime.engine) as session:
        _count(session, own, limit=limit, seconds=seconds)
    return Attempt(own, ())


@contextmanager
def counted(method: str) -> Iterator[None]:
    """Counts sign-ins that are refused in the metrics. A decorator of the RPCs that sign in."""
    try:
        yield
    except ResourceExhausted:
        metrics.count_sign_in(method=method, outcome="throttled")
        raise
    except (Unauthenticated, PermissionDenied):
        metrics.count_sign_in(method=method, outcome="failed")
        raise


def forgive(session: Session, attempt: Attempt) -> None:
    """The guess was right: it does not count."""
    session.execute(delete(AttemptRow).where(AttemptRow.key == attempt.own))
    for key in attempt.shared:
        session.execute(
            update(AttemptRow)
            .where(AttemptRow.key == key, AttemptRow.count > 0)
            .values(count=AttemptRow.count - 1)
            .execution_options(synchronize_session=False)
        )


def remember_address(session: Session, user_id: str, address: str) -> None:
    """Notes that a person has signed in from an address."""
    time = now()
    values = {
        "user_id": user_id,
        "address_hash": _key("known", place_of(address)),
        "last_time": time,
    }
    session.execute(
        insert(KnownAddressRow)
        .values(values)
        .on_conflict_do_update(index_elements=["user_id", "address_hash"], set_={"last_time": time})
    )


def clean_attempts(session: Session) -> None:
    """Forgets what does not matter any more."""
    session.execute(delete(AttemptRow).where(AttemptRow.window_end < now()))
    session.execute(delete(KnownAddressRow).where(KnownAddressRow.last_time < _oldest_known()))


def place_of(address: str) -> str:
    """The part of an address that one party holds: all of IPv4, the first half of IPv6."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def _count(session: Session, key: bytes, *, limit: int, seconds: int) -> None:
    time = now()
    used_up = session.scalar(
        select(AttemptRow.window_end).where(
            AttemptRow.key == key, AttemptRow.count >= limit, AttemptRow.window_end > time
        )
    )
    if used_up is not None:
        # A flood of guesses writes nothing, and nobody waits for anybody's lock.
        raise _too_many(used_up, time)
    over = AttemptRow.window_end <= time
    end = time + datetime.timedelta(seconds=seconds)
    statement = (
        insert(AttemptRow)
        .values(key=key, count=1, window_end=end)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((over, 1), else_=AttemptRow.count + 1),
                "window_end": case((over, end), else_=AttemptRow.window_end),
            },
        )
        .returning(AttemptRow.count, AttemptRow.window_end)
    )
    count, window_end = session.execute(statement).one()
    if count > limit:
        # The error takes the counting back.
        raise _too_many(window_end, time)


def _too_many(window_end: datetime.datetime, time: datetime.datetime) -> ResourceExhausted:
    return ResourceExhausted(
        "TOO_MANY_ATTEMPTS",
        "There were too many attempts. Wait a while and try again.",
        retry_after=max(1.0, (window_end - time).total_seconds()),
    )


def _is_known(session: Session, email: str, place: str) -> bool:
    known = (
        select(KnownAddressRow.user_id)
        .join(UserRow, UserRow.id == KnownAddressRow.user_id)
        .where(
            UserRow.email == email,
            KnownAddressRow.address_hash == _key("known", place),
            KnownAddressRow.last_time > _oldest_known(),
        )
    )
    return bool(session.scalar(select(exists(known))))


def _oldest_known() -> datetime.datetime:
    return now() - datetime.timedelta(days=_KNOWN_DAYS)


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()
