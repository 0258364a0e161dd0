"""Opaque cursors for keyset pages: the sort key of the last row shown."""

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from shared import strict_json
from shared.contracts import refusals

Row = TypeVar("Row")


Part = datetime | UUID | str | int | float


def encode(*key: Part) -> str:
    """`key` as text that goes into a URL as it is."""
    plain = [part if isinstance(part, str) else _text(part) for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def cut(
    found: Sequence[Row], limit: int, key: Callable[[Row], tuple[Part, ...]]
) -> tuple[Sequence[Row], str | None]:
    """A page of `limit` rows, and the cursor of the next one if there are more rows than that."""
    shown = found[:limit]
    return shown, encode(*key(shown[-1])) if len(found) > limit else None


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The key again, with one value for each of `kinds` (datetime, UUID, str, int or float).

    Refuses with `bad_cursor` anything that `encode` did not make.
    """
    try:
        parts = strict_json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = tuple(_READ[kind](part) for kind, part in zip(kinds, parts, strict=True))
        if encode(*key) != cursor:
            raise ValueError
        return key
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise refusals.BadCursor() from None


def _text(part: Part) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _instant(part: str) -> datetime:
    at = datetime.fromisoformat(part)
    if at.tzinfo is None:
        raise ValueError
    return at


def _whole(part: str) -> int:
    number = int(part)
    if abs(number) >= 2**63:
        raise ValueError
    return number


def _number(part: str) -> float:
    number = float(part)
    if not math.isfinite(number):
        raise ValueError
    return number


_READ: dict[type, Callable[[Any], Any]] = {
    datetime: _instant,
    UUID: UUID,
    str: str,
    int: _whole,
    float: _number,
}
