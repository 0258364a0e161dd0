"""Time on the clock of the world, and its meeting with the clock on a wall."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


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
    """The names that places may have."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def local_day(at: datetime, time_zone: str) -> date:
    return at.astimezone(ZoneInfo(time_zone)).date()


def shown(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """When clocks there show `wall`: the first time, where it comes twice; None where they jump over it."""
    at = datetime.combine(day, wall, zone).astimezone(UTC)
    back = at.astimezone(zone)
    return at if back.replace(tzinfo=None) == datetime.combine(day, wall) else None


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When clocks there show `wall` or a later time, on that day, for the first time."""
    return shown(day, wall, zone) or _jump(datetime.combine(day, wall, zone), zone)


def first_day(now: datetime) -> date:
    """The earliest local date that it is anywhere."""
    return (now - timedelta(hours=12)).date()


def days_from(first: date, days: int, time_zone: str) -> Interval:
    """All of `days` local dates from `first` on."""
    zone = ZoneInfo(time_zone)
    return Interval(instant(first, time(0), zone), instant(first + timedelta(days=days), time(0), zone))


def _jump(skipped: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks jump over this wall time: it lies between what both offsets make of it."""
    early, late = sorted(skipped.replace(fold=fold, microsecond=0).astimezone(UTC) for fold in (0, 1))
    after = late.astimezone(zone).utcoffset()

    def has_jumped(seconds: int) -> bool:
        return (early + timedelta(seconds=seconds)).astimezone(zone).utcoffset() == after

    between = range(int((late - early).total_seconds()))
    return early + timedelta(seconds=bisect_left(between, True, key=has_jumped))
