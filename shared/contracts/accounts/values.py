"""The values that messages of accounts are made of."""

import re
from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field

from shared.contracts.base import Line, Message, StoredLine

Role = Literal["patient", "professional", "clinic", "support"]
"""The roles that a person can sign in with: `clinic` for its members, `support` for the operator's people."""
OwnRole = Literal["patient", "professional", "clinic"]
"""The roles that people take for themselves; the operator alone grants `support`."""
ClinicRole = Literal["owner", "staff", "professional"]
"""The role of a member in a clinic. The front desk, `owner` and `staff`, acts for its `professional`s."""


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_NOT_IN_DOMAINS = re.compile(r"[\s\x00-\x1f\x7f@<>()\[\]\"\\,;:=?]")


def _bare(value: Any) -> Any:
    """Refuse all but a bare address: a display name, brackets, quotes, a comment or an encoded word."""
    if not isinstance(value, str):
        return value
    email = value.strip(" ")
    local_part, _, domain = email.partition("@")
    if not _LOCAL_PART.fullmatch(local_part) or "=?" in local_part or len(local_part) > 64:
        raise ValueError("must be an address alone, in ASCII before the @")
    if _NOT_IN_DOMAINS.search(domain) or len(domain) > 253:
        raise ValueError("must have one domain after the @")
    return email


def _in_ascii(email: str) -> str:
    """Put the domain in its ASCII form: EmailStr returns the Unicode form (U-labels) of either."""
    local_part, _, domain = email.partition("@")
    labels = (
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in domain.split(".")
    )
    email = f"{local_part}@{'.'.join(labels)}"
    if len(email) > 254:
        raise ValueError("must have at most 254 characters")
    return email


def _is_visible(name: str) -> str:
    if not any(category(each)[0] in "LNPS" for each in name):
        raise ValueError("must have a visible character")
    return name


def _is_no_link(name: str) -> str:
    if re.search(r"://|\bwww\.", name, re.IGNORECASE):
        raise ValueError("must be a name, not a web address")
    return name


Email = Annotated[EmailStr, Field(max_length=254), BeforeValidator(_bare), AfterValidator(_in_ascii)]
"""An address that somebody enters: in ASCII before the @. Both forms of an internationalised domain are one
address, kept in the ASCII form."""
StoredEmail = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"})]
"""An address in an answer: it may be older than today's rules, so it is not checked again."""
Password = Annotated[str, Field(min_length=1, max_length=128, repr=False)]
Name = Annotated[Line, Field(min_length=1, max_length=200), AfterValidator(_is_visible)]
"""The name of a person or a clinic that somebody enters."""
ClinicName = Annotated[Name, AfterValidator(_is_no_link)]
"""The name of a clinic that somebody enters: invitations quote it, so it holds no web address."""
StoredName = Annotated[StoredLine, Field(min_length=1, max_length=200)]
"""A name in an answer."""
Phone = Annotated[str, Field(pattern=r"^\+[1-9]\d{5,14}$")]
"""A telephone number in E.164."""
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
"""A language tag (BCP 47), such as `it-IT`."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
"""A language code (ISO 639), such as `it`."""
Languages = Annotated[list[Language], Field(max_length=20)]
PhotoUrl = Annotated[str, Field(pattern=r"^https://[!-~]+$", max_length=500)]
LinkToken = Annotated[str, Field(min_length=1, max_length=200, repr=False)]
"""The secret part of a link that was mailed."""
MailedCode = Annotated[str, Field(pattern="^[0-9]{8}$", repr=False)]
"""The code that was mailed to prove an address."""
Origin = Annotated[str, Field(max_length=64, repr=False)]
"""The network address a call came from; known only to the limits on attempts."""


class ContactCard(Message):
    """A contact card: what is set is shown to everybody."""

    phone: Phone | None = None
    email: StoredEmail | None = None
    text: Phone | None = None


class Point(Message):
    """WGS 84, in degrees."""

    latitude: float = Field(strict=True, ge=-90, le=90, allow_inf_nan=False, examples=[41.9])
    longitude: float = Field(strict=True, ge=-180, le=180, allow_inf_nan=False, examples=[12.5])


class Place(Point):
    """An address that patients come to."""

    address: Annotated[StoredLine, Field(min_length=1, max_length=300)]
