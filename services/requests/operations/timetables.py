"""Timetables of a professional, and the open requests that do not fit them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import erasure, hours
from services.requests.domain.booking import LONGEST_AHEAD, BookingSettings
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, first_day
from services.requests.operations import views
from services.requests.public_holidays import days_off
from shared.contracts.requests.hours import OutsideRequest
from shared.db import Work


def known_tables(work: Work, professional_id: UUID, *, now: datetime) -> list[Timetable]:
    """Return the timetables without public holidays. Refuses `unknown_professional`."""
    found = store.hours.timetables(work, [professional_id], first=first_day(now)).get(professional_id)
    if not found:
        raise erasure.unknown_professional()
    return found


def by_practice(
    tables: Collection[Timetable],
    settings_of: Mapping[tuple[UUID, UUID], BookingSettings],
    *,
    now: datetime,
) -> Iterator[tuple[BookingSettings, list[Timetable]]]:
    """Yield each practice's settings and timetables, closed on public holidays where it keeps them."""
    years = range(first_day(now).year, (now + LONGEST_AHEAD).year + 1)
    for practice_id in dict.fromkeys(each.location.practice_id for each in tables):
        there = [each for each in tables if each.location.practice_id == practice_id]
        key = (there[0].professional_id, practice_id)
        booking = settings_of.get(key) or BookingSettings(professional_id=key[0], practice_id=practice_id)
        if booking.settings.keeps_holidays:
            there = [
                replace(each, holidays=days_off(each.location.country, each.location.subdivision, years))
                for each in there
            ]
        yield booking, there


def outside_of(
    work: Work, professional_id: UUID, *, at: Collection[UUID] | None, now: datetime
) -> list[OutsideRequest]:
    """Return the open requests to come that do not fit the hours as they are now, soonest first.

    `at` limits them to these practices; None: all.
    """
    settings_of = store.policies.booking_settings_of_all(work, [professional_id])
    found = store.hours.timetables(work, [professional_id], first=first_day(now)).get(professional_id, [])
    tables = [table for _, there in by_practice(found, settings_of, now=now) for table in there]
    outside = [
        row
        for row in store.requests.to_come(work, professional_id, now=now)
        if (at is None or row.practice_id in at)
        and not hours.fits(tables, row.location_id, Interval(row.starts_at, row.ends_at))
    ]
    return [views.outside_view(row) for row in outside[: hours.MOST_OUTSIDE]]
