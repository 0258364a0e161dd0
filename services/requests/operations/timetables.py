"""Timetables of a professional, and the open requests that do not fit them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.requests import store
from services.requests.domain import hours
from services.requests.domain.booking import BookingSettings
from services.requests.domain.erasure import unknown_professional
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, first_day
from services.requests.operations.views import outside_view
from services.requests.public_holidays import days_off
from shared.contracts.requests.hours import OutsideRequest
from shared.db import Work

_MOST_SHOWN = 100
_LONGEST_AHEAD = timedelta(days=366 + 40)
"""The longest horizon of booking settings, and the number of days that are looked at in one go."""


def known_tables(work: Work, professional_id: UUID, *, now: datetime) -> list[Timetable]:
    """Return the timetables; `with_holidays` closes holidays. Refuses `unknown_professional`."""
    found = store.hours.timetables(work, [professional_id], first=first_day(now)).get(professional_id)
    if not found:
        raise unknown_professional()
    return found


def with_holidays(
    tables: Collection[Timetable], kept_by: BookingSettings | None, *, now: datetime
) -> list[Timetable]:
    """Return the timetables of one practice, closed on public holidays if it keeps them."""
    if kept_by is None or not kept_by.settings.keeps_holidays:
        return list(tables)
    years = range(first_day(now).year, (now + _LONGEST_AHEAD).year + 1)
    return [
        replace(each, holidays=days_off(each.location.country, each.location.subdivision, years))
        for each in tables
    ]


def outside_of(
    work: Work, professional_id: UUID, *, at: Collection[UUID] | None, now: datetime
) -> list[OutsideRequest]:
    """Return the open requests to come that do not fit the hours as they are now, soonest first.

    `at` limits them to these practices; None: all.
    """
    kept_by = store.policies.booking_settings_of_all(work, [professional_id])
    found = store.hours.timetables(work, [professional_id], first=first_day(now))
    tables = [
        table
        for practice_id, there in by_practice(found.get(professional_id, [])).items()
        for table in with_holidays(there, kept_by.get((professional_id, practice_id)), now=now)
    ]
    outside = [
        row
        for row in store.requests.to_come(work, professional_id, now=now)
        if (at is None or row.practice_id in at)
        and not hours.fits(tables, row.location_id, Interval(row.starts_at, row.ends_at))
    ]
    return [outside_view(row) for row in outside[:_MOST_SHOWN]]


def by_practice(tables: Collection[Timetable]) -> dict[UUID, list[Timetable]]:
    found: dict[UUID, list[Timetable]] = {}
    for each in tables:
        found.setdefault(each.location.practice_id, []).append(each)
    return found
