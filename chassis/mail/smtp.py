"""Handing a mail to a mail server."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from chassis.database.tables import MailRow

_TIMEOUT = 10
_PORTS = {"smtp": 587, "smtps": 465}


def to_message(row: MailRow, *, sender: str) -> EmailMessage:
    """The mail as it goes over the wire; HTML beside the text."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2] or "wasl.invalid"
    message = EmailMessage()
    message["Message-ID"] = f"<{row.id}@{domain}>"
    message["Date"] = row.create_time
    message["From"] = _address(name, address)
    message["To"] = _address(row.to_name, row.to_address)
    message["Subject"] = _one_line(row.subject)
    # Out-of-office answers to a machine help nobody.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row.text)
    message.add_alternative(row.html, subtype="html")
    return message


def connect(url: str) -> smtplib.SMTP:
    """A connection to the mail server of a URL, signed in. Raises OSError or SMTPException.

    `smtps` is TLS from the start; `?starttls=1` changes to TLS and refuses to go on without.
    Certificates are verified.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or _PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=_TIMEOUT)
    try:
        if _flag(parts, "starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _address(name: str, address: str) -> Address:
    # A name is people's own text: quotes and line breaks in it must not become headers.
    return Address(display_name=_one_line(name), addr_spec=_one_line(address))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _flag(parts: SplitResult, name: str) -> bool:
    return parse_qs(parts.query).get(name, ["0"])[-1] in ("1", "true")
