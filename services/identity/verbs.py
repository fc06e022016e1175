"""What operators can do with identity, beside what every service can."""

import argparse
import datetime
import sys

from sqlalchemy import text

from chassis.database.session import unit_of_work
from chassis.service import Runtime, Verb
from services.identity.rules.audit_chain import make_seals
from services.identity.rules.audit_entry import findings, head_of, is_in_the_log
from services.identity.settings import identity_settings


def _audit(runtime: Runtime, options: argparse.Namespace) -> int:
    """Whether the audit log is as it was written: 0, or 1 with a sentence for each finding."""
    seals = make_seals(identity_settings(runtime).audit_key)
    count, end = 0, ""
    with unit_of_work(runtime.direct_engine, dry_run=True) as session:
        # Entries that come meanwhile must not look like ones that somebody has put there.
        # scope: escaped, because it asks for no row
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for finding in findings(session, seals, since=options.day):
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


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("verify",))
    parser.add_argument(
        "--day",
        type=datetime.date.fromisoformat,
        help="read the entries from this day on (2026-01-31); all when left out",
    )
    parser.add_argument("--head", help="a hash that was noted earlier and must still be there")


VERBS = (Verb("audit", "tell whether the audit log is as it was written", _audit, _arguments),)
