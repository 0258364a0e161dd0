"""What bodies are made of. Stricter than pydantic by itself: nothing is guessed from another type."""

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import Header, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Body(BaseModel):
    """A JSON object in which every field is known."""

    model_config = ConfigDict(extra="forbid")


def _text(kind: str, pattern: str, example: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            return value
        raise PydanticCustomError(f"{kind}_type", "must be text such as {example}", {"example": example})

    return BeforeValidator(check)


Instant = Annotated[
    AwareDatetime,
    _text(
        "datetime",
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)?",
        "2027-03-01T09:00:00+01:00",
    ),
]
"""RFC 3339 with an offset."""
Day = Annotated[date, _text("date", r"\d{4}-\d\d-\d\d", "2027-03-01")]
WallTime = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:30"])]
"""Hours and minutes on the clock of a place."""

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
Cursor = Annotated[str | None, Query(max_length=1500, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Rows on the page.")]


def new_id(caller: UUID, key: str) -> UUID:
    """The id of what `caller` creates under `key`: the same each time, so a repeat finds the first."""
    return uuid5(caller, key)
