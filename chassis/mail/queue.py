"""Mail is written in the transaction of what it tells of, and goes out when that is committed."""

import datetime
from dataclasses import dataclass

from sqlalchemy.orm import Session

from chassis.database.tables import MailRow

# So long it is tried to send a mail that says no better.
KEPT = datetime.timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one person, as plain text and as HTML."""

    to_name: str
    to_address: str
    subject: str
    text: str
    html: str


def send_later(session: Session, mail: Mail, *, within: datetime.timedelta = KEPT) -> str:
    """Puts a mail into the queue. Returns its id, which is its Message-ID as well.

    `within` is how long it is of use: what it links to may end before.
    """
    row = MailRow(
        to_name=mail.to_name,
        to_address=mail.to_address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        expire_time=datetime.datetime.now(datetime.UTC) + within,
    )
    session.add(row)
    session.flush()
    return row.id
