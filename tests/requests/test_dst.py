"""Free times when the clocks change: none is shifted, doubled or lost, and each can be asked for.

The usual run takes one zone of every pattern that clocks follow from 2024 to 2037, and of each zone one
change of every kind: the same jump at the same time of the day meets the same rules in any year. `make dst`
(or ALL_ZONES=1) takes every change of every IANA zone, and looks whether a pattern lacks in the sample.
"""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from services.requests.domain import slots
from services.requests.domain.hours import WEEKDAYS, Opening, Timetable
from services.requests.domain.interval import Interval, time_zones
from services.requests.domain.slots import Slot
from tests.requests.builders import PROFESSIONAL, location, offer, service
from tests.requests.test_slots import ANY_TIME

SINCE, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
ODD = [
    "Africa/Cairo",  # at midnight in spring, and back to 23:00 of the day before
    "Africa/Casablanca",  # back for each Ramadan
    "America/Asuncion",  # changed for the last time in 2024
    "America/Coyhaique",  # in 2025
    "America/Godthab",  # at 22:00 or 23:00 of a Saturday
    "America/Havana",  # midnight comes twice
    "America/Scoresbysund",  # left out one change in 2024
    "America/St_Johns",  # half an hour from whole hours
    "Antarctica/Troll",  # by two hours
    "Asia/Almaty",  # once, back, at midnight
    "Asia/Beirut",
    "Asia/Gaza",  # around Ramadan
    "Asia/Jerusalem",  # on a Friday
    "Atlantic/Azores",
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Chisinau",  # an hour before its neighbours
    "Pacific/Chatham",  # three quarters from whole hours
    "Pacific/Easter",
]
PLAIN = [
    "America/Adak",
    "America/Anchorage",
    "America/Boise",
    "America/Chicago",
    "America/Halifax",
    "America/Los_Angeles",
    "America/Miquelon",
    "America/New_York",
    "America/Santiago",
    "Antarctica/Macquarie",
    "Australia/Adelaide",
    "Europe/Athens",
    "Europe/London",
    "Europe/Rome",
    "Pacific/Auckland",
    "Pacific/Norfolk",
]
STILL = ["Asia/Kolkata", "Pacific/Apia", "UTC"]
"""Zones whose clocks do not change any more."""
ALL = "ALL_ZONES" in os.environ
QUARTER = timedelta(minutes=15)
NEAR = timedelta(hours=3)
"""To a change, in which every slot is asked for."""
VISITS = ((15, None), (30, None), (45, None), (60, None), (30, 15), (60, 15))
"""Length and grid in minutes; at 45, wall times on both sides of a jump are nearer than a step."""


@dataclass(frozen=True)
class Change:
    """At `at` the clocks go from one offset to another."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def middle(self) -> datetime:
        """A wall time that does not come, or comes twice."""
        skipped_or_twice = self.at + min(self.before, self.after)
        return (skipped_or_twice + abs(self.after - self.before) / 2).replace(tzinfo=None)

    @property
    def kind(self) -> tuple[timedelta, timedelta, time]:
        return self.before, self.after, self.middle.time()


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def changes(name: str) -> tuple[Change, ...]:
    """Looked for from day to day, then by halves, down to the second."""
    zone, found = ZoneInfo(name), []
    for n in range((UNTIL - SINCE).days):
        low, high = SINCE + timedelta(days=n), SINCE + timedelta(days=n + 1)
        before, after = offset(low, zone), offset(high, zone)
        if before == after:
            continue
        while high - low > timedelta(seconds=1):
            half = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
            low, high = (half, high) if offset(half, zone) == before else (low, half)
        found.append(Change(high, before, after))
    return tuple(found)


def days_of(name: str) -> Iterator[tuple[Change | None, date]]:
    """Each change that is looked at, with its date."""
    every = changes(name)
    if not ALL:
        every = tuple({each.kind: each for each in every}.values())
    yield from ((each, each.middle.date()) for each in every)
    if not every:
        yield None, SINCE.date()


def tables(name: str, change: Change | None) -> Iterator[Timetable]:
    """Open all day; around midnight; until the middle of the change, and from there on."""
    yield table(name, (time(0), time(0)))
    yield table(name, (time(0), time(2, 30)), (time(21, 45), time(0)))
    if change:
        middle, reach = change.middle, timedelta(minutes=105)
        opens, closes = middle - reach, middle + reach
        yield table(name, (opens.time() if opens.date() == middle.date() else time(0), middle.time()))
        yield table(name, (middle.time(), closes.time() if closes.date() == middle.date() else time(0)))


def table(name: str, *openings: tuple[time, time]) -> Timetable:
    weekly = tuple(
        (weekday, Opening(opens=opens, closes=closes)) for weekday in WEEKDAYS for opens, closes in openings
    )
    return Timetable(professional_id=PROFESSIONAL, location=location(name), weekly=weekly)


class Clock:
    """Return the wall times around one local date, quarter of an hour by quarter of an hour."""

    def __init__(self, name: str, day: date) -> None:
        zone, noon = ZoneInfo(name), datetime.combine(day, time(12), UTC)
        self._first: dict[datetime, datetime] = {}
        for n in range(-30 * 4, 30 * 4):
            at = noon + n * QUARTER
            self._first.setdefault(at.astimezone(zone).replace(tzinfo=None), at)

    def first(self, wall: datetime) -> datetime | None:
        return self._first.get(wall)

    def reaches(self, wall: datetime) -> datetime:
        return next(at for shown, at in self._first.items() if shown >= wall)


def walls(opening: Opening, day: date, step: timedelta) -> Iterator[datetime]:
    wall, closes = datetime.combine(day, opening.opens), closing(opening, day)
    while wall < closes:
        yield wall
        wall += step


def closing(opening: Opening, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=opening.closes == time(0)), opening.closes)


def wanted(
    where: Timetable, day: date, clock: Clock, *, length: timedelta, step: timedelta
) -> list[datetime]:
    """Every wall time of the grid that comes, at a step from the one before, whose visit ends in time."""
    found: list[datetime] = []
    for opening in where.openings_on(day):
        closes = clock.reaches(closing(opening, day))
        last = None
        for wall in walls(opening, day, step):
            start = clock.first(wall)
            if start and start + length <= closes and (last is None or start - last >= step):
                found.append(start)
                last = start
    return found


def refuse_faults(found: list[Slot], where: Timetable, day: date, *, step: timedelta) -> None:
    shown = [each.interval.start.astimezone(where.zone).replace(tzinfo=None) for each in found]
    grid = {wall for opening in where.openings_on(day) for wall in walls(opening, day, step)}
    assert grid.issuperset(shown), "shifted"
    assert len(set(shown)) == len(shown), "doubled"
    for one, other in itertools.pairwise(found):
        assert one.interval.start < other.interval.start, "out of order"
        assert step == QUARTER or one.interval.end <= other.interval.start, "overlapping"


def refuse_unbookable(found: Iterable[Slot], where: Timetable, minutes: int, grid: int | None) -> None:
    hers = offer(where, offered=service(minutes), grid_minutes=grid)
    for each in found:
        assert (
            slots.slot_at(hers, each.interval.start, ANY_TIME, at=None, now=SINCE - timedelta(days=9)) == each
        )
        assert where.is_open(each.interval), "outside of the hours"


@pytest.mark.parametrize("name", sorted(time_zones()) if ALL else [*ODD, *PLAIN, *STILL])
def test_no_slot_is_shifted_doubled_or_lost_and_each_can_be_asked_for(name: str) -> None:
    for change, day in days_of(name):
        moment = change.at if change else SINCE
        around = [day + timedelta(days=n) for n in (-1, 0, 1)]
        clocks = {each: Clock(name, each) for each in around}
        for where, (minutes, grid) in itertools.product(tables(name, change), VISITS):
            step, length = timedelta(minutes=grid or minutes), timedelta(minutes=minutes)
            for each in around:
                found = list(slots.slots(where, service(minutes), step=step, first=each, days=1))
                starts = wanted(where, each, clocks[each], length=length, step=step)
                assert [slot.interval for slot in found] == [
                    Interval(start, start + length) for start in starts
                ]
                refuse_faults(found, where, each, step=step)
                near = (slot for slot in found if abs(slot.interval.start - moment) < NEAR)
                refuse_unbookable(near, where, minutes, grid)


def test_the_clocks_of_the_sample_do_what_they_are_there_for() -> None:
    assert all(changes(name) for name in [*ODD, *PLAIN])
    assert not any(changes(name) for name in STILL)
    assert {each.after - each.before for each in changes("Australia/Lord_Howe")} == {
        2 * QUARTER,
        -2 * QUARTER,
    }
    assert all(each.middle.time() == time(0, 30) for each in changes("America/Havana"))


if ALL:

    def test_the_sample_has_every_pattern() -> None:
        assert {changes(name) for name in time_zones()} == {changes(name) for name in [*ODD, *PLAIN, *STILL]}
