"""Mail: to an SMTP server, or into files where none is set.

Versions of Python differ in how they parse and decode a header value. This module therefore passes only
values that all of them read alike, passes addresses as objects, and parses the finished bytes again before
they are sent: a message whose header is not exactly ours is `Unsendable`.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from shared.settings import Settings

HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
"""The header fields of every message, in this order, each once."""

_PATIENCE = 10.0  # seconds
_LONGEST_LINE = 998  # octets; servers refuse longer ones (RFC 5322, 2.1.1)
_FOLDED_AT = 76  # octets, of lines with encoded words (RFC 2047, 2)
_POLICY = policy.SMTP.clone(max_line_length=_FOLDED_AT)  # quoted-printable keeps to it too (RFC 2045, 6.7)
_PORTS = {"smtp": 587, "smtps": 465}
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_SENDER = re.compile(r'(?:"?(?P<name>[^"\\<>\x00-\x1f\x7f]*?)"? *<(?P<address>[^<>]*)>|(?P<alone>[^<> ]*))')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_LINE = re.compile(r"[ -~]*")


class Unsendable(Exception):
    """The message would not arrive as it was meant, and sending it again cannot help."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """`id` names it in its Message-ID, so that a second copy can be told for one."""

    id: UUID
    to: str
    subject: str
    text: str
    written_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The address that mails come from, and the name shown beside it, which may be empty."""

    name: str
    address: str

    @classmethod
    def read(cls, written: str) -> "Sender":
        """Parse `Name <address>`, or an address alone. Raises ValueError."""
        found = _SENDER.fullmatch(written.strip())
        address = (found["address"] or found["alone"] or "") if found else ""
        if not found or not _is_address(address) or not _is_literal(written):
            raise ValueError("must be an address, or a name and an address: Name <address>")
        return cls(name=(found["name"] or "").strip(), address=address)


Mailer = Callable[[Mail], None]
"""Posts one mail. Raises `Unsendable`, and OSError (smtplib's errors are such) where that did not work."""


def mailer(settings: Settings) -> Mailer:
    """The way that the settings say."""
    sender = Sender.read(settings.mail_from)
    if not settings.smtp_url:
        return lambda mail: _into_file(message(mail, sender), settings.home / "mail", mail)
    server = urlsplit(settings.smtp_url)
    port = server.port or _PORTS[server.scheme]
    return lambda mail: _to_server(message(mail, sender), sender.address, mail.to, server, port)


def message(mail: Mail, sender: Sender) -> bytes:
    """Return the bytes that are posted, with CRLF at the end of every line. Raises `Unsendable`."""
    if not _is_address(mail.to):
        raise Unsendable("it has no address that mail is sent to")
    if not _is_literal(mail.subject):
        raise Unsendable("its subject would be read as something else")
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(sender.name, addr_spec=sender.address)
    made["To"] = Address(addr_spec=mail.to)
    made["Subject"] = mail.subject
    made["Date"] = mail.written_at
    made["Message-ID"] = f"<{mail.id}@{sender.address.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["MIME-Version"] = "1.0"
    text = "".join(f"{line}\n" for line in _lines(mail.text))
    made.set_content(text.encode("utf-8", "replace").decode(), cte=_encoding(text))
    whole = made.as_bytes()
    _check(whole, mail.to)
    return whole


def _is_address(address: str) -> bool:
    """True for a plain ASCII address: no quoted local part, no comment, no encoded word, no IP literal."""
    return len(address) <= 254 and "=?" not in address and bool(_ADDRESS.fullmatch(address))


def _is_literal(text: str) -> bool:
    """True for a text that every Python writes into a header as it is: no encoded word, no control character.

    `EmailMessage` decodes an encoded word that it is given, line breaks in it and all.
    """
    return "=?" not in text and not _CONTROL.search(text)


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text.removesuffix("\n"))


def _encoding(text: str) -> str:
    """Name the transfer encoding that keeps `text` in lines of a permitted length (RFC 2045, 6)."""
    plain = all(len(line) <= _LONGEST_LINE and _PLAIN_LINE.fullmatch(line) for line in text.split("\n"))
    return "7bit" if plain else "quoted-printable"


def _check(whole: bytes, to: str) -> None:
    """Parse the finished header as a mail server does. Raises `Unsendable`."""
    head, _, body = whole.partition(b"\r\n\r\n")
    names: list[str] = []
    values: list[str] = []
    for line in head.split(b"\r\n"):
        if len(line) > _LONGEST_LINE or not re.fullmatch(rb"[ -~]+", line):
            raise Unsendable("a line of its header is not plain ASCII, or too long")
        if b"=?" in line and len(line) > _FOLDED_AT:
            raise Unsendable("a line with encoded words is too long")
        if line.startswith(b" ") and names:
            values[-1] += line.decode()
            continue
        name, colon, value = line.partition(b":")
        names.append(name.decode() if colon and value[:1] in (b"", b" ") else "")
        values.append(value.decode())
    if tuple(names) != HEADERS:
        raise Unsendable("its header has other fields than ours")
    if values[names.index("To")].strip() != to:
        raise Unsendable("it is addressed otherwise than was checked")
    if re.search(rb"(?<!\r)\n|\r(?!\n)|\x00|[^\r\n]{999}", body):
        raise Unsendable("its body is not in lines")


def _to_server(whole: bytes, sender: str, to: str, url: SplitResult, port: int) -> None:
    """Pass exactly the checked address as the envelope: smtplib would parse anything else."""
    host = url.hostname or ""
    if any(smtplib.quoteaddr(each) != f"<{each}>" for each in (sender, to)):
        raise Unsendable("its envelope would be another than was checked")
    if url.scheme == "smtps":
        secure = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=secure)
    else:
        connection = smtplib.SMTP(host, port, timeout=_PATIENCE)
    with connection as server:
        if url.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            elif url.username:
                raise smtplib.SMTPNotSupportedError("the password would be sent in the open")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.sendmail(sender, [to], whole)


def _into_file(whole: bytes, folder: Path, mail: Mail) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{mail.written_at:%Y%m%dT%H%M%S}-{mail.id}.eml"
    path.write_bytes(whole)
