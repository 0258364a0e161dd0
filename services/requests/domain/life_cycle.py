"""The life cycle of a request as tables: its states, the ways between them, who goes each, and its event."""

from typing import Literal

from shared.contracts.base import Event
from shared.contracts.requests.moves import (
    CompletionUndone,
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
)
from shared.contracts.requests.values import Side, Status

Actor = Side | Literal["system"]
MOVES: dict[tuple[Status, str], Status] = {
    ("pending", "confirm"): "confirmed",
    ("pending", "decline"): "declined",
    ("pending", "cancel"): "cancelled",
    ("pending", "expire"): "expired",
    ("confirmed", "cancel"): "cancelled",
    ("confirmed", "complete"): "completed",
    ("completed", "undo"): "confirmed",
}
"""(status, verb) → status after it. Whatever is not here is refused; no way leads out of an end.

(`undo` is none: until it can no longer be undone, a completion is not the end.)
"""

WHO: dict[str, set[Actor]] = {
    "confirm": {"professional"},
    "decline": {"professional"},
    "complete": {"professional", "system"},
    "undo": {"professional"},
    "cancel": {"patient", "professional", "system"},
    "expire": {"system"},
}

ANNOUNCED: dict[str, type[Event]] = {
    "confirm": RequestConfirmed,
    "decline": RequestDeclined,
    "cancel": RequestCancelled,
    "complete": RequestCompleted,
    "undo": CompletionUndone,
    "expire": RequestExpired,
}

HOLDS_ITS_TIME: tuple[Status, ...] = ("pending", "confirmed", "completed")
OPEN: tuple[Status, ...] = ("pending", "confirmed")


def ends_of(verb: str) -> set[str]:
    return {status for (_, each), status in MOVES.items() if each == verb}
