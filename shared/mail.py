"""Mail: to an SMTP server, or into files where none is set.

A message is written here byte by byte, and every value stands in its header as it is: nothing of it is
parsed, decoded or refolded by a library, whose ways differ from one Python to the next. The finished bytes
are read again before they leave, and a message whose header is not exactly ours is `Unsendable`.
"""

import binascii
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
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
_BYTES_IN_A_WORD = 39  # 52 characters in base64, 12 around them, and `Subject: ` before
_PORTS = {"smtp": 587, "smtps": 465}
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_SENDER = re.compile(r'(?:"?(?P<name>[^"\\<>\x00-\x1f\x7f]*?)"? *<(?P<address>[^<>]*)>|(?P<alone>[^<> ]*))')
_PLAIN_LINE = re.compile(r"[ -~]*")


class Unsendable(Exception):
    """The message would not be the one that was meant, now or later."""


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
        """From `Name <address>`, or an address alone. Raises ValueError."""
        found = _SENDER.fullmatch(written.strip())
        address = (found["address"] or found["alone"] or "") if found else ""
        if not found or not _is_address(address):
            raise ValueError("must be an address, or a name and an address: Name <address>")
        return cls(name=(found["name"] or "").strip(), address=address)


Post = Callable[[Mail], None]
"""Posts one mail. Raises `Unsendable`, and OSError (smtplib's errors are such) where that did not work."""


def post_by(settings: Settings) -> Post:
    """The way that the settings say."""
    sender = Sender.read(settings.mail_from)
    if not settings.smtp_url:
        return lambda mail: _into_file(message(mail, sender), settings.home / "mail", mail)
    server = urlsplit(settings.smtp_url)
    port = server.port or _PORTS[server.scheme]
    return lambda mail: _to_server(
        message(mail, sender),
        sender.address,
        mail.to,
        server.scheme,
        server.hostname or "",
        port,
        unquote(server.username or ""),
        unquote(server.password or ""),
    )


def message(mail: Mail, sender: Sender) -> bytes:
    """The bytes that are posted, with CRLF at the end of every line. Raises `Unsendable`."""
    if not _is_address(mail.to):
        raise Unsendable("it has no address that mail is sent to")
    body, encoding = _body(mail.text)
    domain = sender.address.rpartition("@")[2]
    values = (
        _phrase(sender.name) + f"<{sender.address}>",
        mail.to,
        _unstructured(mail.subject),
        format_datetime(mail.written_at),
        f"<{mail.id}@{domain}>",
        "auto-generated",
        "1.0",
        f'text/plain; charset="{"us-ascii" if encoding == "7bit" else "utf-8"}"',
        encoding,
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in zip(HEADERS, values, strict=True))
    whole = head.encode() + b"\r\n" + body
    _check(whole)
    return whole


def _is_address(address: str) -> bool:
    """True for a plain ASCII address: no quoted local part, no comment, no encoded word, no IP literal."""
    return len(address) <= 254 and "=?" not in address and bool(_ADDRESS.fullmatch(address))


def _body(text: str) -> tuple[bytes, str]:
    """The text in lines, and its transfer encoding (RFC 2045, 6)."""
    lines = re.split(r"\r\n|\r|\n", text.removesuffix("\n"))
    if all(len(line) <= _LONGEST_LINE and _PLAIN_LINE.fullmatch(line) for line in lines):
        return "".join(f"{line}\r\n" for line in lines).encode(), "7bit"
    quoted = (binascii.b2a_qp(line.encode("utf-8", "replace"), istext=False) for line in lines)
    return b"".join(line.replace(b"\n", b"\r\n") + b"\r\n" for line in quoted), "quoted-printable"


def _phrase(name: str) -> str:
    """A display name and what parts it from the address: words, a quoted string, or encoded words."""
    if not name:
        return ""
    if _PLAIN_LINE.fullmatch(name) and "=?" not in name:
        return f'"{name}" ' if re.search(r"[^A-Za-z0-9 ]", name) else f"{name} "
    return _encoded(name) + "\r\n "


def _unstructured(text: str) -> str:
    """A text such as a subject: as it is where it is short and plain, else encoded words."""
    plain = _PLAIN_LINE.fullmatch(text) and "=?" not in text and len(text) <= _FOLDED_AT - len("Subject: ")
    return text if plain else _encoded(text)


def _encoded(text: str) -> str:
    """Encoded words of whole characters, one on a line (RFC 2047, 2 and 5). Raises `Unsendable`."""
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text):
        raise Unsendable("a header would hold a line break or another control character")
    return "\r\n ".join(f"=?utf-8?b?{_base64(part)}?=" for part in _parts(text))


def _base64(part: bytes) -> str:
    return binascii.b2a_base64(part, newline=False).decode()


def _parts(text: str) -> Iterator[bytes]:
    part = b""
    for character in text:
        one = character.encode("utf-8", "replace")
        if len(part) + len(one) > _BYTES_IN_A_WORD:
            yield part
            part = b""
        part += one
    yield part


def _check(whole: bytes) -> None:
    """Read the finished header as a mail server does. Raises `Unsendable`."""
    head, _, body = whole.partition(b"\r\n\r\n")
    names: list[str] = []
    for line in head.split(b"\r\n"):
        if len(line) > _LONGEST_LINE or not re.fullmatch(rb"[ -~]+", line):
            raise Unsendable("a line of its header is not plain ASCII, or too long")
        if b"=?" in line and len(line) > _FOLDED_AT:
            raise Unsendable("a line with encoded words is too long")
        if line.startswith(b" ") and names:
            continue
        name, colon, _value = line.partition(b": ")
        names.append(name.decode() if colon else "")
    if tuple(names) != HEADERS:
        raise Unsendable("its header has other fields than ours")
    if re.search(rb"(?<!\r)\n|\r(?!\n)|\x00|[^\r\n]{999}", body):
        raise Unsendable("its body is not in lines")


def _to_server(
    whole: bytes, sender: str, to: str, scheme: str, host: str, port: int, user: str, password: str
) -> None:
    """The envelope is what was checked, octet for octet: smtplib would parse anything else."""
    if any(smtplib.quoteaddr(each) != f"<{each}>" for each in (sender, to)):
        raise Unsendable("its envelope would be another than was checked")
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
        server.sendmail(sender, [to], whole)


def _into_file(whole: bytes, folder: Path, mail: Mail) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{mail.written_at:%Y%m%dT%H%M%S}-{mail.id}.eml"
    path.write_bytes(whole)
