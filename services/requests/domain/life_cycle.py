"""The life cycle of a request as tables: statuses, moves between them, the sides that may move, and
events."""

from typing import Literal

from shared.contracts.base import Event
from shared.contracts.requests import moves
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
"""(status, verb) → status after it. Any other pair is refused, and no move leads out of an end status.
(`undo` is no exception: a completion that can be undone is not the end yet.)"""

WHO: dict[str, set[Actor]] = {
    "confirm": {"professional"},
    "decline": {"professional"},
    "complete": {"professional", "system"},
    "undo": {"professional"},
    "cancel": {"patient", "professional", "system"},
    "expire": {"system"},
}

EVENTS: dict[str, type[Event]] = {
    "confirm": moves.RequestConfirmed,
    "decline": moves.RequestDeclined,
    "cancel": moves.RequestCancelled,
    "complete": moves.RequestCompleted,
    "undo": moves.CompletionUndone,
    "expire": moves.RequestExpired,
}

HOLDS_ITS_TIME: tuple[Status, ...] = ("pending", "confirmed", "completed")
OPEN: tuple[Status, ...] = ("pending", "confirmed")


def ends_of(verb: str) -> set[str]:
    return {status for (_, each), status in MOVES.items() if each == verb}
