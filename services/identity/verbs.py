"""What operators can do with identity, beside what every service can."""

import argparse
import datetime
import sys
from collections.abc import Sequence

from sqlalchemy import text

from chassis.database.session import unit_of_work
from chassis.errors import FailedPrecondition
from chassis.service import Runtime, Verb
from services.identity.rules.audit_entry import change_key, findings, head_of, is_in_the_log
from services.identity.rules.audit_keys import Seals, make_seals
from services.identity.rules.sealed import seal_anew
from services.identity.settings import identity_settings


def _audit(runtime: Runtime, options: argparse.Namespace) -> int:
    known = make_seals(identity_settings(runtime).audit_key)
    return _rekey(runtime, known) if options.action == "rekey" else _verify(runtime, known, options)


def _rekey(runtime: Runtime, known: Sequence[Seals]) -> int:
    """Goes over to the first key of the setting: 0, or 1 with a sentence."""
    try:
        with unit_of_work(runtime.direct_engine) as session:
            change = change_key(session, known)
            place = f"entry {change.count} of {change.day}, {change.head}" if change else ""
    except FailedPrecondition as refused:
        sys.stderr.write(f"{refused.message}\n")
        return 1
    if place:
        sys.stdout.write(f"The audit log goes on under the first key, after {place}.\n")
    else:
        sys.stdout.write("The audit log is under the first key already, or empty.\n")
    return 0


def _verify(runtime: Runtime, known: Sequence[Seals], options: argparse.Namespace) -> int:
    """Whether the audit log is as it was written: 0, or 1 with a sentence for each finding."""
    count, end = 0, ""
    with unit_of_work(runtime.direct_engine, dry_run=True) as session:
        # Entries that come meanwhile must not look like ones that somebody has put there.
        # scope: escaped, because it asks for no row
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for finding in findings(session, known, since=options.day):
            count += 1
            sys.stdout.write(f"{finding}\n")
        if options.head and not is_in_the_log(session, options.head):
            count += 1
            sys.stdout.write(f"The entry with the hash {options.head} is not in the log.\n")
        head = head_of(session)
        if head is not None:
            end = f"; its last entry is {head.number_and_hash}"
    if count:
        sys.stdout.write(f"{count} findings: the audit log is not as it was written.\n")
        return 1
    sys.stdout.write(f"The audit log is as it was written{end}.\n")
    return 0


def _reseal(runtime: Runtime, _options: argparse.Namespace) -> int:
    """Seals anew what a former secrets key has sealed: 0, or 1 when something cannot be opened."""
    with unit_of_work(runtime.direct_engine) as session:
        done, unread = seal_anew(session, secrets=identity_settings(runtime).secrets_key)
    sys.stdout.write(f"{done} secrets were sealed anew.\n")
    if unread:
        sys.stderr.write(f"{unread} cannot be opened with any key of WASL_SECRETS_KEY.\n")
        return 1
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("verify", "rekey"))
    parser.add_argument(
        "--day",
        type=datetime.date.fromisoformat,
        help="read the entries from this day on (2026-01-31); all when left out",
    )
    parser.add_argument("--head", help="a hash that was noted earlier and must still be there")


VERBS = (
    Verb("audit", "verify the audit log, or move it to another key", _audit, _arguments),
    Verb("reseal", "seal anew what a former WASL_SECRETS_KEY has sealed", _reseal),
)
