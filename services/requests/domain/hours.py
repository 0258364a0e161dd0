"""Hours: weekly hours of a professional at a location, in local wall time, and their overrides.

Holidays come from the caller, and free times are computed in `slots`. Openings of one day never overlap: they
are refused where they are published, and joined where overrides meet them.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests.domain.interval import Interval, instant, local_day
from services.requests.domain.location import Location
from services.requests.domain.versions import settled
from shared.contracts.requests import refusals
from shared.contracts.requests.hours import MOST_OVERRIDES, AddOverride, DayHours, ExceptionKind, PublishHours
from shared.contracts.requests.values import Weekday

WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
LONGEST_EXCEPTION = timedelta(days=366)
MOST_OUTSIDE = 100
"""The most requests outside of hours that a view shows."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An opening on one local date, in wall time; `closes` is excluded, and 00:00 is the end of the day."""

    opens: time
    closes: time

    def interval(self, day: date, zone: ZoneInfo) -> Interval:
        last = day + timedelta(days=1) if self.closes == time(0) else day
        return Interval(instant(day, self.opens, zone), instant(last, self.closes, zone))


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The weekly hours of one professional at one location; `version` is 0 if none were ever published."""

    professional_id: UUID
    location_id: UUID
    version: int
    weekly: tuple[tuple[Weekday, Opening], ...]


@dataclass(frozen=True, kw_only=True)
class Override:
    """An override: other hours on the local dates from `first_day` to `last_day`.

    It applies at one location, at all of one practice, or everywhere the professional works.
    """

    id: UUID
    professional_id: UUID
    practice_id: UUID | None = None
    location_id: UUID | None
    kind: ExceptionKind
    first_day: date
    last_day: date
    hours: tuple[Opening, ...]

    def is_on(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def is_at(self, location: Location) -> bool:
        return self.location_id in (None, location.id) and self.practice_id in (None, location.practice_id)


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """The weekly hours of one professional at one location, with its overrides and holidays."""

    professional_id: UUID
    location: Location
    weekly: tuple[tuple[Weekday, Opening], ...]
    exceptions: tuple[Override, ...] = ()
    holidays: frozenset[date] = frozenset()
    """The local dates of the public holidays that the professional keeps."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.time_zone)

    def openings_on(self, day: date) -> list[Opening]:
        """Return the openings of one local date: `changed` wins over `closed`, and `extra` is added.

        A public holiday closes the weekly hours only.
        """
        said = [each for each in self.exceptions if each.is_on(day)]
        extra = [opening for each in said if each.kind == "extra" for opening in each.hours]
        if changed := [each for each in said if each.kind == "changed"]:
            usual = [opening for each in changed for opening in each.hours]
        elif day in self.holidays or any(each.kind == "closed" for each in said):
            usual = []
        else:
            usual = [opening for weekday, opening in self.weekly if weekday == WEEKDAYS[day.weekday()]]
        return _joined([*usual, *extra])

    def is_open(self, visit: Interval) -> bool:
        """Return whether one opening contains the whole interval."""
        day = local_day(visit.start, self.location.time_zone)
        return any(opening.interval(day, self.zone).contains(visit) for opening in self.openings_on(day))


def publish(hours: Hours, command: PublishHours) -> Hours:
    """Return the hours after the command; repeating it changes nothing.

    Refuses `invalid_hours`, `overlapping_hours` and `stale_version`.
    """
    weekly = sorted(
        ((each.weekday, _opening(each, field="weekly")) for each in command.weekly),
        key=lambda each: (WEEKDAYS.index(each[0]), each[1].opens),
    )
    for weekday in WEEKDAYS:
        _refuse_overlaps([opening for each, opening in weekly if each == weekday], field="weekly", on=weekday)
    after = replace(hours, version=command.version + 1, weekly=tuple(weekly))
    return settled(hours, after, seen=command.version, what="hours")


def add_override(command: AddOverride, *, practice_id: UUID | None = None, today: date) -> Override:
    """Return the override of the command.

    Refuses `invalid_hours`, `overlapping_hours`, `invalid_days` and `in_the_past`.
    """
    if command.last_day < command.first_day or command.last_day - command.first_day > LONGEST_EXCEPTION:
        raise refusals.InvalidDays()
    if command.last_day < today:
        raise refusals.InThePast("These days are in the past.", field="last_day")
    if (command.kind == "closed") == bool(command.hours):
        detail = "Give hours for an exception that is extra or changed, and none for one that is closed."
        raise refusals.InvalidHours(detail, field="hours")
    openings = sorted((_opening(each, field="hours") for each in command.hours), key=lambda each: each.opens)
    _refuse_overlaps(openings, field="hours", on="these days")
    return Override(
        id=command.exception_id,
        professional_id=command.professional_id,
        practice_id=practice_id,
        location_id=command.location_id,
        kind=command.kind,
        first_day=command.first_day,
        last_day=command.last_day,
        hours=tuple(openings),
    )


def refuse_too_many(to_come: Iterable[Override]) -> None:
    """Refuse one more than `MOST_OVERRIDES` of one practice. Refuses `too_many`."""
    if sum(1 for _ in to_come) >= MOST_OVERRIDES:
        detail = f"You have {MOST_OVERRIDES} upcoming exceptions. Remove some first."
        raise refusals.TooMany(detail, what="exceptions", most=MOST_OVERRIDES)


def fits(tables: Iterable[Timetable], location_id: UUID, visit: Interval) -> bool:
    """Return whether the professional is at that location for the whole interval."""
    return any(each.location.id == location_id and each.is_open(visit) for each in tables)


def _opening(wall: DayHours, *, field: str) -> Opening:
    if wall.closes != time(0) and wall.opens >= wall.closes:
        detail = "Hours must open before they close. 00:00 closes at the end of the day."
        raise refusals.InvalidHours(detail, field=field)
    return Opening(opens=wall.opens, closes=wall.closes)


def _refuse_overlaps(openings: Sequence[Opening], *, field: str, on: str) -> None:
    for one, other in itertools.pairwise(openings):
        if one.closes == time(0) or other.opens < one.closes:
            raise refusals.OverlappingHours(f"Two openings on {on} overlap. Join them.", field=field)


def _joined(openings: list[Opening]) -> list[Opening]:
    """Return the openings in order; those that overlap or touch become one."""
    joined: list[Opening] = []
    for each in sorted(openings, key=lambda each: each.opens):
        last = joined[-1] if joined else None
        if last is None or (last.closes != time(0) and last.closes < each.opens):
            joined.append(each)
        elif last.closes != time(0) and (each.closes == time(0) or last.closes < each.closes):
            joined[-1] = replace(last, closes=each.closes)
    return joined
