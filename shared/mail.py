"""Mail: to an SMTP server, or into files where none is set."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from shared.settings import Settings

_PATIENCE = 10.0  # seconds
_LONGEST_LINE = 998  # characters; servers refuse longer ones (RFC 5322, 2.1.1)
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class Mail:
    """`id` names it in its Message-ID, so that a second copy can be told for one."""

    id: UUID
    to: str
    subject: str
    text: str
    written_at: datetime


Post = Callable[[Mail], None]
"""Posts one mail. Raises OSError (smtplib's errors are such) where that did not work."""


def post_by(settings: Settings) -> Post:
    """The way that the settings say."""
    if not settings.smtp_url:
        return lambda mail: _into_file(_message(mail, settings.mail_from), settings.home / "mail", mail)
    server = urlsplit(settings.smtp_url)
    port = server.port or _PORTS[server.scheme]
    return lambda mail: _to_server(
        _message(mail, settings.mail_from),
        server.scheme,
        server.hostname or "",
        port,
        unquote(server.username or ""),
        unquote(server.password or ""),
    )


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = format_datetime(mail.written_at)
    domain = sender.rpartition("@")[2].rstrip(">")
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    as_it_is = mail.text.isascii() and all(len(line) <= _LONGEST_LINE for line in mail.text.splitlines())
    message.set_content(mail.text, cte="7bit" if as_it_is else "quoted-printable")
    return message


def _to_server(message: EmailMessage, scheme: str, host: str, port: int, user: str, password: str) -> None:
    if scheme == "smtps":
        secure = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=secure)
    else:
        connection = smtplib.SMTP(host, port, timeout=_PATIENCE)
    with connection as server:
        if scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            elif user:
                raise smtplib.SMTPNotSupportedError("the password would be sent in the open")
        if user:
            server.login(user, password)
        server.send_message(message)


def _into_file(message: EmailMessage, folder: Path, mail: Mail) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{mail.written_at:%Y%m%dT%H%M%S}-{mail.id}.eml"
    path.write_bytes(message.as_bytes())
