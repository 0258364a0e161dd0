"""When a professional can be seen: weekly hours in local wall time become slots in UTC.

A slot starts at a multiple of the service's length after an opening. Where the clocks change, wall times
that do not exist are skipped, and those that come twice are offered once, the first time.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from services.requests.domain.service import Service
from shared.contracts.requests import PublishHours
from shared.errors import Refused

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LEAD_TIME = timedelta(hours=2)
"""A request that is still undecided this long before its start expires."""
SHORTEST_REVIEW = timedelta(minutes=30)
"""Whoever asks leaves the professional at least this long to decide."""
NOTICE = LEAD_TIME + SHORTEST_REVIEW
"""A slot that starts sooner can no longer be asked for."""
HORIZON = timedelta(days=180)
"""A slot that starts later can not be asked for yet."""
COMING_DAYS = 35
"""Local dates, from today on, on which the next free slot is looked for."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A weekly opening in wall time; `closes` is excluded."""

    weekday: str
    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The weekly hours of one professional, at one place."""

    professional_id: UUID
    time_zone: str
    weekly: tuple[Opening, ...]


@dataclass(frozen=True, order=True)
class Span:
    """A time from `start` to before `end`, both UTC."""

    start: datetime
    end: datetime

    def meets(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


def publish(demand: PublishHours) -> Hours:
    """Refuses `unknown_time_zone`, `invalid_hours` and `overlapping_hours`."""
    if demand.time_zone not in _time_zones():
        detail = "Use a name of the IANA time zone database, such as Europe/Rome."
        raise Refused("unknown_time_zone", detail, field="time_zone")
    weekly = sorted(
        (Opening(weekday=each.weekday, opens=each.opens, closes=each.closes) for each in demand.weekly),
        key=lambda each: (WEEKDAYS.index(each.weekday), each.opens),
    )
    for opening in weekly:
        if opening.opens >= opening.closes:
            detail = f"On {opening.weekday} the opening must be before the closing."
            raise Refused("invalid_hours", detail, field="weekly")
    for one, other in itertools.pairwise(weekly):
        if one.weekday == other.weekday and other.opens < one.closes:
            detail = f"Two openings on {one.weekday} overlap: join them."
            raise Refused("overlapping_hours", detail, field="weekly")
    return Hours(professional_id=demand.professional_id, time_zone=demand.time_zone, weekly=tuple(weekly))


def unknown_professional() -> Refused:
    detail = "No professional with this id has published hours here."
    return Refused("unknown_professional", detail, field="professional_id")


def window(hours: Hours, *, first: date, days: int) -> Span:
    """All of `days` local dates from `first` on."""
    zone = ZoneInfo(hours.time_zone)
    last = first + timedelta(days=days)
    return Span(_instant(first, time(0), zone), _instant(last, time(0), zone))


def slots(hours: Hours, service: Service, *, first: date, days: int) -> Iterator[Span]:
    """All slots that start on one of `days` local dates from `first` on, in order, taken or not."""
    zone = ZoneInfo(hours.time_zone)
    last_end = datetime.min.replace(tzinfo=UTC)
    for day in (first + timedelta(days=n) for n in range(days)):
        for opening in hours.weekly:
            if opening.weekday != WEEKDAYS[day.weekday()]:
                continue
            closing = _instant(day, opening.closes, zone)
            for wall in _grid(opening, service.length):
                if not _exists(day, wall, zone):
                    continue
                start = _instant(day, wall, zone)
                span = Span(start, start + service.length)
                if start >= last_end and span.end <= closing:
                    last_end = span.end
                    yield span


def days_ahead(hours: Hours, *, first: date, days: int, now: datetime) -> tuple[date, int]:
    """The part of these local dates that is not over yet, as first date and number of days.

    Refuses `too_far_ahead` where they begin after the horizon.
    """
    if first > (now + HORIZON).astimezone(ZoneInfo(hours.time_zone)).date():
        detail = "Free times are known for the next 180 days."
        raise Refused("too_far_ahead", detail, field="from")
    today = _today(hours, now)
    return max(first, today), min(days, max(0, days - (today - first).days))


def free(found: Iterable[Span], busy: Iterable[Span], *, now: datetime) -> Iterator[Span]:
    """Those of `found` that can be asked for at `now`: open to requests, and not busy.

    `found` is in order; each side is walked once.
    """
    taken = sorted(busy)
    ahead = 0
    for span in found:
        while ahead < len(taken) and taken[ahead].end <= span.start:
            ahead += 1
        is_busy = ahead < len(taken) and taken[ahead].meets(span)
        if now + NOTICE <= span.start <= now + HORIZON and not is_busy:
            yield span


def coming(hours: Hours, *, now: datetime) -> Span:
    """All of the local dates on which the next free slot is looked for."""
    return window(hours, first=_today(hours, now), days=COMING_DAYS)


def next_free(
    hours: Hours, services: Iterable[Service], busy: Iterable[Span], *, now: datetime
) -> tuple[Service, Span] | None:
    """The free slot that starts first, for whichever service; the shortest where several start first."""
    taken = sorted(busy)
    best = None
    for service in sorted(services, key=lambda each: (each.minutes, each.id)):
        ahead = slots(hours, service, first=_today(hours, now), days=COMING_DAYS)
        found = next(free(ahead, taken, now=now), None)
        if found and (best is None or found.start < best[1].start):
            best = service, found
    return best


def slot_at(hours: Hours, service: Service, start: datetime, *, now: datetime) -> Span:
    """The slot that starts at `start`.

    Refuses `in_the_past`, `too_soon`, `too_far_ahead`, `outside_hours` and `not_a_slot`.
    """
    if start <= now:
        raise _not_then("in_the_past", "Choose a time that is still to come.")
    if start < now + NOTICE:
        raise _not_then("too_soon", "Ask at least two and a half hours ahead, or call the practice.")
    if start > now + HORIZON:
        raise _not_then("too_far_ahead", "Choose a time within the next 180 days.")
    local = start.astimezone(ZoneInfo(hours.time_zone))
    for span in slots(hours, service, first=local.date(), days=1):
        if span.start == start:
            return span
    open_then = any(
        opening.weekday == WEEKDAYS[local.weekday()] and opening.opens <= local.time() < opening.closes
        for opening in hours.weekly
    )
    if open_then:
        raise _not_then("not_a_slot", "No slot starts at this time: choose one of the free slots.")
    raise _not_then("outside_hours", "The professional cannot be seen then: choose a free slot.")


@cache
def _time_zones() -> set[str]:
    return available_timezones() - {"localtime", "Factory"}  # no places


def _not_then(code: str, detail: str) -> Refused:
    return Refused(code, detail, field="starts_at")


def _today(hours: Hours, now: datetime) -> date:
    return now.astimezone(ZoneInfo(hours.time_zone)).date()


def _grid(opening: Opening, step: timedelta) -> Iterator[time]:
    wall = datetime.combine(date.min, opening.opens)
    end = datetime.combine(date.min, opening.closes)
    while wall < end:
        yield wall.time()
        wall += step


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)


def _exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    """False for wall times that the clocks jump over: they come back from UTC as another time."""
    back = _instant(day, wall, zone).astimezone(zone)
    return back.replace(tzinfo=None) == datetime.combine(day, wall)
