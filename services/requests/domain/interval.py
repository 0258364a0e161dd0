"""Intervals in UTC, and their relation to local wall time."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from shared.contracts.requests import refusals


@dataclass(frozen=True, order=True)
class Interval:
    """A half-open range of time, from `start` to before `end`, both in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA time zones that a location may have."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def local_day(at: datetime, time_zone: str) -> date:
    return at.astimezone(ZoneInfo(time_zone)).date()


def shown(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant at which local clocks first show `wall`; None if they jump over it."""
    at = datetime.combine(day, wall, zone).astimezone(UTC)
    back = at.astimezone(zone)
    return at if back.replace(tzinfo=None) == datetime.combine(day, wall) else None


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the first UTC instant of that local date at which clocks show `wall` or a later time."""
    return shown(day, wall, zone) or _jump(datetime.combine(day, wall, zone), zone)


def first_day(now: datetime) -> date:
    """Return the earliest local date anywhere in the world at that instant."""
    return (now - timedelta(hours=12)).date()


def days_from(first: date, days: int, time_zone: str) -> Interval:
    """Return the interval of `days` whole local dates, beginning with `first`."""
    zone = ZoneInfo(time_zone)
    return Interval(instant(first, time(0), zone), instant(first + timedelta(days=days), time(0), zone))


def listed_days(first: date, days: int, time_zone: str) -> Interval:
    """Return the interval of these local dates. Refuses `too_far_ahead` where nothing can be listed."""
    if not 1970 <= first.year < 2200:
        raise refusals.TooFarAhead("Choose days between 1970 and 2199.", field="from")
    return days_from(first, days, time_zone)


def _jump(skipped: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which clocks jump over this wall time; both offsets give a time around it."""
    early, late = sorted(skipped.replace(fold=fold, microsecond=0).astimezone(UTC) for fold in (0, 1))
    after = late.astimezone(zone).utcoffset()

    def has_jumped(seconds: int) -> bool:
        return (early + timedelta(seconds=seconds)).astimezone(zone).utcoffset() == after

    between = range(int((late - early).total_seconds()))
    return early + timedelta(seconds=bisect_left(between, True, key=has_jumped))
