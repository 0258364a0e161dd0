"""Feeds: a person's appointments in their own calendar app (iCalendar)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.requests.domain.interval import Interval
from services.requests.domain.request import Request
from shared.contracts.requests import refusals
from shared.contracts.requests.values import Side

SHOWS_PAST, SHOWS_AHEAD = timedelta(days=30), timedelta(days=180)
MOST_EVENTS = 500


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A link to the appointments of one person on one side; a new link is a new feed."""

    id: UUID
    key_id: UUID
    person_id: UUID
    side: Side


def window(now: datetime) -> Interval:
    """Return the interval that a feed covers."""
    return Interval(now - SHOWS_PAST, now + SHOWS_AHEAD)


def changed_at(request: Request) -> datetime:
    """Return the instant of the last recorded step."""
    return max(filter(None, (request.submitted_at, request.confirmed_at, request.ended_at)))


def dead_link() -> refusals.Refused:
    return refusals.DeadLink("This calendar link no longer works. Create a new one in the app.")
