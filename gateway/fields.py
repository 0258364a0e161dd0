"""Types of fields in bodies. They are stricter than pydantic: no value is converted from another type."""

from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import phonenumbers
from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt
from pydantic_core import PydanticCustomError

from gateway.problems import refusals
from gateway.proxies import network_of
from shared.contracts.accounts.values import ContactCard, Email, LinkToken, Phone, Place
from shared.contracts.base import Line, Money, OpenOnly, Page


class Body(BaseModel):
    """A JSON object in which every field is known."""

    model_config = ConfigDict(extra="forbid")


WallTime = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:30"])]
"""Hours and minutes on the clock of a place."""


def _phone(value: Any) -> Any:
    try:
        if not isinstance(value, str):
            raise ValueError
        number = phonenumbers.parse(value, None)
        if not phonenumbers.is_valid_number(number):
            raise ValueError
    except (phonenumbers.NumberParseException, ValueError):
        example = "+39 06 6982 0001"
        raise PydanticCustomError(
            "phone", "must be a number such as {example}", {"example": example}
        ) from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


PhoneNumber = Annotated[Phone, BeforeValidator(_phone), Field(examples=["+390669820001"])]
"""A telephone number with its country code, however it is written; kept in E.164."""


class NewContactCard(ContactCard, Body):
    """Contact data that everybody can see."""

    phone: PhoneNumber | None = None
    email: Email | None = None
    text: PhoneNumber | None = None


class NewPlace(Place, Body):
    """The address that patients come to; coordinates are WGS 84, in degrees."""

    address: Line = Field(min_length=1, max_length=300, examples=["Via Roma 1, 00184 Roma"])


class MailedLink(Body):
    token: LinkToken = Field(description="The last part of the mailed link.")


class MailAddress(Body):
    email: Email = Field(examples=["anna@example.org"])


Version = Annotated[
    StrictInt, Field(ge=1, le=2**31 - 2, description="The version you decided on.", examples=[1])
]
Seen = Annotated[
    StrictInt,
    Field(ge=0, le=2**31 - 2, description="The version you have seen; 0 where nothing was there yet."),
]


class NewMoney(Money, Body):
    """An amount in minor units, such as cents."""


IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern="^[!-~]+$",
        description="A fresh random key, such as a UUID; the same one when the same body is sent again.",
    ),
]
Rows = Annotated[Page, Query()]
OpenRows = Annotated[OpenOnly, Query()]


def _origin(request: Request) -> str:
    return network_of(request.client.host if request.client else "")


Origin = Annotated[str, Depends(_origin)]
"""Return the network of the caller that limits count, or the one that a trusted proxy reports."""


def only_known_parameters(request: Request) -> None:
    """Refuses a query parameter that the operation does not know, so that no filter is lost by a slip."""
    described = request.app.openapi()["paths"].get(request.scope["route"].path)
    if described is None:
        return  # a page for people
    parameters = described[request.method.lower()].get("parameters", ())
    known = {each["name"] for each in parameters if each["in"] == "query"}
    for name in request.query_params:
        if name not in known:
            raise refusals.UnknownField(f"Leave {name[:100]} out.", field=name[:100])


def new_id(caller: UUID, key: str) -> UUID:
    """The id of what `caller` creates under `key`: the same each time, so a repeat finds the first."""
    return uuid5(caller, key)


def strangers_id(kind: str, email: str, key: str) -> UUID:
    """Return the id of what a caller without an account creates; it follows from their address and key."""
    return new_id(uuid5(NAMESPACE_URL, f"mailto:{email.casefold()}"), f"{kind}/{key}")
