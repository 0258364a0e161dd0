"""The values that messages of accounts are made of."""

from typing import Annotated, Literal

from pydantic import AfterValidator, EmailStr, Field

from shared.contracts.base import Line, Message

Role = Literal["patient", "professional", "clinic", "support"]
"""What somebody may sign in as: `clinic` is who works for clinics, `support` are the operator's people."""
OwnRole = Literal["patient", "professional", "clinic"]
"""The roles that people take for themselves; the operator alone grants `support`."""
ClinicRole = Literal["owner", "staff", "professional"]
"""What a member is in a clinic. The front desk, `owner` and `staff`, acts for its `professional`s."""


def _ascii(email: str) -> str:
    if not email.isascii():
        raise ValueError("must be an address in ASCII")
    return email


Email = Annotated[EmailStr, Field(max_length=254), AfterValidator(_ascii)]
Password = Annotated[str, Field(min_length=1, max_length=128, repr=False)]
Name = Annotated[Line, Field(min_length=1, max_length=200)]
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
Origin = Annotated[str, Field(max_length=64, repr=False)]
"""The network address a call came from; known only to the limits on attempts."""
Limit = Annotated[int, Field(ge=1, le=100)]


class Contact(Message):
    """A contact card: what is set is shown to everybody."""

    phone: Phone | None = None
    email: Email | None = None
    text: Phone | None = None


class Point(Message):
    """WGS 84, in degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Place(Point):
    """Where people come to."""

    address: Annotated[Line, Field(min_length=1, max_length=300)]
