"""Free times: hours in local wall time become slots in UTC.

Hours and their overrides live in `hours`, refusals of a wanted time here. A slot starts a whole number of
steps after an opening, on the local clock. Where clocks change, wall times that do not exist are skipped, and
those that come twice are offered once, the first time.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.requests.domain.booking import Bookable, BookingSettings
from services.requests.domain.hours import Opening, Timetable
from services.requests.domain.interval import Interval, local_day, shown
from services.requests.domain.offers import Offer, Offered, at_location
from services.requests.domain.service import Service
from shared.contracts.requests import refusals

COMING_DAYS = 35
"""The number of local dates, from today on, in which the next free slot is searched."""
ALTERNATIVES, LOOK_AHEAD = 3, 14
"""The number of free slots shown in place of a taken one, and of local dates in which they are searched."""


@dataclass(frozen=True, order=True)
class Hold:
    """A time that is taken: its interval with buffers, and the start of its appointment."""

    interval: Interval
    visit_starts_at: datetime
    practice_id: UUID | None = field(default=None, compare=False)
    """The practice whose daily maximum it counts for; None counts for all."""
    professional_id: UUID | None = field(default=None, compare=False)
    """The professional whose time is held; None: the one of the request."""


@dataclass(frozen=True, order=True)
class Slot:
    """A possible interval of an appointment, at one location."""

    interval: Interval
    location_id: UUID
    time_zone: str


def slots(table: Timetable, service: Service, *, step: timedelta, first: date, days: int) -> Iterator[Slot]:
    """Return the slots that start on one of `days` local dates from `first` on, in order, taken or not."""
    zone = table.zone
    for day in (first + timedelta(days=n) for n in range(days)):
        for opening in table.openings_on(day):
            open_for = opening.interval(day, zone)
            following = open_for.start
            for wall in _grid(opening, step):
                start = shown(day, wall, zone)
                # where the clocks jump, two wall times may be nearer to each other than they look
                if start is None or start < following:
                    continue
                visit = service.interval(start)
                if visit.end <= open_for.end:
                    following = visit.start + step
                    yield Slot(visit, table.location.id, table.location.time_zone)


def of_offer(offer: Offer, *, first: date, days: int) -> Iterator[Slot]:
    """Return the slots of every timetable where the service is offered, in order, taken or not."""
    step = offer.booking.step(offer.service)
    return heapq.merge(
        *(
            slots(table, offer.service, step=step, first=first, days=days)
            for table in offer.tables
            if offer.service.is_offered_at(table.location.id)
        )
    )


def free(found: Iterable[Slot], held: Iterable[Hold], offer: Offer, bookable: Bookable) -> Iterator[Slot]:
    """Return the slots of `found` that are not held, too soon, too far ahead, or on a full day.

    `found` is in order; each side is walked once. `held` covers all days of `found`.
    """
    taken = sorted(held)
    is_full = full_days(taken, offer.booking)
    ahead = 0
    for slot in found:
        if slot.interval.start > bookable.latest:
            return
        wanted = offer.service.held(slot.interval)
        while ahead < len(taken) and taken[ahead].interval.end <= wanted.start:
            ahead += 1
        is_taken = ahead < len(taken) and taken[ahead].interval.overlaps(wanted)
        if slot.interval.start >= bookable.earliest and not is_taken and not is_full(slot):
            yield slot


def refuse_full_day(held: Iterable[Hold], wanted: "Wanted") -> None:
    """Refuse a slot on a day on which the professional sees nobody else. Refuses `day_full`."""
    if full_days(held, wanted.offer.booking)(wanted.slot):
        raise refusals.DayFull()


def full_days(held: Iterable[Hold], booking: BookingSettings) -> Callable[[Slot], bool]:
    """Return a test of slots: True if the daily maximum of that practice is reached on their local date."""
    most = booking.settings.daily_maximum
    if most is None:
        return lambda _: False
    there = [each for each in held if each.practice_id in (None, booking.practice_id)]
    counts: dict[str, Counter[date]] = {}

    def is_full(slot: Slot) -> bool:
        zone = slot.time_zone
        if zone not in counts:
            counts[zone] = Counter(local_day(each.visit_starts_at, zone) for each in there)
        return counts[zone][local_day(slot.interval.start, zone)] >= most

    return is_full


@dataclass(frozen=True)
class Wanted:
    """A slot, its offer, and the offers that it was chosen from."""

    offered: Offered
    offer: Offer
    slot: Slot


_TELLING = ("missing_field", "not_a_slot", "too_soon", "too_far_ahead", "outside_hours", "unknown_location")
"""The order of refusals: of several, one for each practice, the caller gets the first in it."""


def slot_among(offered: Offered, start: datetime, *, at: UUID | None, now: datetime) -> Wanted:
    """Return the slot that starts at `start`. Refuses as `slot_at` does."""
    found: list[Wanted] = []
    turned_down: dict[str, refusals.Refused] = {}
    for offer, bookable in offered:
        try:
            found.append(Wanted(offered, offer, slot_at(offer, start, bookable, at=at, now=now)))
        except refusals.Refused as refusal:
            turned_down[refusal.code] = refusal
    if len(found) > 1:
        raise _at_several()
    if found:
        return found[0]
    if start <= now or not offered:
        raise turned_down.get("in_the_past") or _nobody_then()
    raise next(turned_down[code] for code in _TELLING if code in turned_down)


def slot_at(offer: Offer, start: datetime, bookable: Bookable, *, at: UUID | None, now: datetime) -> Slot:
    """Return the slot that starts at `start`, at the location `at` if one is named.

    Refuses `in_the_past`, `too_soon`, `too_far_ahead`, `unknown_location`, `outside_hours` and `not_a_slot`;
    and `missing_field` if several locations have a slot then.
    """
    if start <= now:
        raise refusals.InThePast("Choose a time in the future.", field="starts_at")
    if start < bookable.earliest:
        raise refusals.TooSoon(
            "This time is too soon. Choose a later one, or call the practice.", field="starts_at"
        )
    if start > bookable.latest:
        raise refusals.TooFarAhead("This time is too far ahead. Choose an earlier one.", field="starts_at")
    tables = [table for each in at_location([offer], at) for table in each.tables]
    found = [slot for table in tables for slot in _starting(offer, table, start)]
    if len(found) > 1:
        raise _at_several()
    if found:
        return found[0]
    if any(_is_open(table, start) for table in tables):
        raise refusals.NotASlot("No slot starts at this time. Choose a free slot.", field="starts_at")
    raise _nobody_then()


def _starting(offer: Offer, table: Timetable, start: datetime) -> list[Slot]:
    """Return the slot of that timetable that starts at `start`; None if there is none."""
    if not offer.service.is_offered_at(table.location.id):
        return []
    step, day = offer.booking.step(offer.service), local_day(start, table.location.time_zone)
    there = slots(table, offer.service, step=step, first=day, days=1)
    return [slot for slot in there if slot.interval.start == start]


def first_free(offers: Iterable[tuple[Offer, Iterator[Slot]]]) -> Iterator[tuple[Slot, Offer]]:
    """Return the free slots of all offers, in order; of those that start at once, the shortest."""
    pairs = [zip(found, itertools.repeat(offer), strict=False) for offer, found in offers]
    return heapq.merge(*pairs, key=lambda pair: (pair[0].interval, pair[1].service.id))


def _is_open(table: Timetable, at: datetime) -> bool:
    day = local_day(at, table.location.time_zone)
    return any(
        opening.interval(day, table.zone).overlaps(Interval(at, at + timedelta(microseconds=1)))
        for opening in table.openings_on(day)
    )


def _nobody_then() -> refusals.Refused:
    return refusals.OutsideHours(
        "This time is outside the professional's hours. Choose a free slot.", field="starts_at"
    )


def _at_several() -> refusals.Refused:
    detail = "This time is free at several locations. Add location_id."
    return refusals.MissingField(detail, field="location_id")


def _grid(opening: Opening, step: timedelta) -> Iterator[time]:
    wall = datetime.combine(date.min, opening.opens)
    end = datetime.combine(date.min + timedelta(days=opening.closes == time(0)), opening.closes)
    while wall < end:
        yield wall.time()
        wall += step
