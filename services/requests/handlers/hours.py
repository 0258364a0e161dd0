"""Weekly hours, exceptions and calendars: when a professional lets herself be seen."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.requests import store
from services.requests.domain import calendar, desk, hours
from services.requests.domain.calendar import Calendar
from services.requests.domain.hours import HoursException, Opening
from services.requests.domain.place import Location
from services.requests.domain.span import first_day
from services.requests.domain.versions import stale
from services.requests.handlers.desks import practice_meant, practices_for
from services.requests.handlers.erasure import refuse_erased
from services.requests.handlers.places import place_to_set, unknown_location
from services.requests.handlers.timetables import known_tables, outside_of
from shared.contracts.requests.hours import (
    MOST_EXCEPTIONS,
    AddException,
    AllHoursView,
    CalendarView,
    ExceptionsView,
    ExceptionView,
    GetCalendar,
    GetHours,
    HoursView,
    ListExceptions,
    OpeningHours,
    OutsideRequest,
    PublishHours,
    ReadCalendar,
    RemoveException,
    SetCalendar,
)
from shared.contracts.requests.hours import Hours as WallHours
from shared.db import Unit, Work
from shared.errors import key_reused, too_many


def publish(unit: Unit, demand: PublishHours, *, now: datetime) -> HoursView:
    with unit() as work:
        refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
        place = place_to_set(work, demand.location_id, demand)
        before = store.hours.find(work, demand.professional_id, demand.location_id)
        after = hours.publish(before, demand)
        if after != before and not store.hours.put(work, after):
            latest = store.hours.find(work, demand.professional_id, demand.location_id)
            if latest != after:
                raise stale("hours", latest.version)
        outside = outside_of(work, demand.professional_id, at=_seen_by(demand, {place.practice_id}), now=now)
    return hours_view(after.weekly, place, demand.professional_id, version=after.version, outside=outside)


def get(unit: Unit, demand: GetHours, *, now: datetime) -> AllHoursView:
    with unit() as work:
        tables = known_tables(work, demand.professional_id, now=now)
        versions = store.hours.versions(work, demand.professional_id)
    views = [
        hours_view(each.weekly, each.location, demand.professional_id, version=versions[each.location.id])
        for each in tables
        if each.location.id in versions
    ]
    return AllHoursView(professional_id=demand.professional_id, hours=views)


def add_exception(unit: Unit, demand: AddException, *, now: datetime) -> ExceptionView:
    """Repeating it changes nothing."""
    with unit() as work:
        practice_id = _where(work, demand)
        known = store.hours.find_exception(work, demand.exception_id)
        today = first_day(now) if known is None else date.min
        new = hours.add_exception(demand, practice_id=practice_id, today=today)
        if known is None:
            work.in_turn(demand.professional_id, "exceptions")
            to_come = store.hours.exceptions_of(work, demand.professional_id, first=today)
            if sum(each.practice_id == practice_id for each in to_come) >= MOST_EXCEPTIONS:
                detail = f"You have {MOST_EXCEPTIONS} exceptions to come: remove some."
                raise too_many("exceptions", MOST_EXCEPTIONS, detail)
            if not store.hours.add_exception(work, new):
                known = store.hours.find_exception(work, demand.exception_id)
        if known not in (None, new):
            raise key_reused()
        seen = _seen_by(demand, {practice_id})
        outside = outside_of(work, demand.professional_id, at=seen, now=now)
    return exception_view(new, outside=outside)


def remove_exception(unit: Unit, demand: RemoveException, *, now: datetime) -> ExceptionsView:
    """Refuses `not_yours` to a front desk whose clinic it is not of."""
    with unit() as work:
        practices = _practices(work, demand)
        found = store.hours.find_exception(work, demand.exception_id)
        if found is not None and found.professional_id == demand.professional_id:
            if (found.practice_id or found.professional_id) not in practices:
                raise desk.not_acting()
            store.hours.remove_exception(work, demand.professional_id, demand.exception_id)
        left = _shown(work, demand, practices, now=now)
        outside = outside_of(work, demand.professional_id, at=_seen_by(demand, practices), now=now)
    return ExceptionsView(exceptions=left, outside=outside)


def exceptions(unit: Unit, demand: ListExceptions, *, now: datetime) -> ExceptionsView:
    with unit() as work:
        found = _shown(work, demand, _practices(work, demand), now=now)
    return ExceptionsView(exceptions=found)


def set_calendar(unit: Unit, demand: SetCalendar, *, now: datetime) -> CalendarView:
    with unit() as work:
        practice_id = _settings_of(work, demand)
        before = store.policies.calendar_of(work, demand.professional_id, practice_id)
        after = calendar.change(before, demand)
        if after != before and not store.policies.put_calendar(work, after):
            latest = store.policies.calendar_of(work, demand.professional_id, practice_id)
            if latest != after:
                raise stale("calendar", latest.version)
        outside = outside_of(work, demand.professional_id, at={practice_id}, now=now)
    return calendar_view(after, outside=outside)


def get_calendar(unit: Unit, demand: GetCalendar) -> CalendarView:
    practice_id = demand.clinic_id or demand.professional_id
    with unit() as work:
        found = store.policies.calendar_of(work, demand.professional_id, practice_id)
    return calendar_view(calendar.for_everybody(found))


def read_calendar(unit: Unit, demand: ReadCalendar, *, now: datetime) -> CalendarView:
    with unit() as work:
        practice_id = _settings_of(work, demand)
        found = store.policies.calendar_of(work, demand.professional_id, practice_id)
        outside = outside_of(work, demand.professional_id, at={practice_id}, now=now)
    return calendar_view(found, outside=outside)


def hours_view(
    weekly: Collection[tuple[Any, Opening]],
    place: Location,
    professional_id: UUID,
    *,
    version: int,
    outside: Collection[OutsideRequest] = (),
) -> HoursView:
    return HoursView(
        professional_id=professional_id,
        location_id=place.id,
        version=version,
        time_zone=place.time_zone,
        weekly=[
            OpeningHours(weekday=weekday, opens=each.opens, closes=each.closes) for weekday, each in weekly
        ],
        outside=list(outside),
    )


def exception_view(found: HoursException, *, outside: Collection[OutsideRequest] = ()) -> ExceptionView:
    return ExceptionView(
        exception_id=found.id,
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        location_id=found.location_id,
        kind=found.kind,
        first_day=found.first_day,
        last_day=found.last_day,
        hours=[WallHours(opens=each.opens, closes=each.closes) for each in found.hours],
        outside=list(outside),
    )


def calendar_view(found: Calendar, *, outside: Collection[OutsideRequest] = ()) -> CalendarView:
    return CalendarView(
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        version=found.version,
        outside=list(outside),
        **dict(found.settings),
    )


def _where(work: Work, demand: AddException) -> UUID | None:
    """Return the practice at which it holds; None: wherever the professional works, if they set it themself.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, `missing_field` and `unknown_location`.
    """
    refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
    if demand.location_id is not None:
        place = place_to_set(work, demand.location_id, demand)
        if demand.clinic_id not in (None, place.practice_id):
            raise unknown_location()
        return place.practice_id
    practice_id = practice_meant(
        work, demand.professional_id, demand.clinic_id, by=demand.by, role=demand.role
    )
    return None if demand.role == "professional" and demand.clinic_id is None else practice_id


def _settings_of(work: Work, demand: SetCalendar | ReadCalendar) -> UUID:
    """Refuses `unknown_professional`, `unknown_account`, `not_yours` and `missing_field`."""
    refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
    return practice_meant(work, demand.professional_id, demand.clinic_id, by=demand.by, role=demand.role)


def _practices(work: Work, demand: RemoveException | ListExceptions) -> set[UUID]:
    """Refuses `unknown_professional`, `unknown_account` and `not_yours`."""
    refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
    return practices_for(work, demand.professional_id, by=demand.by, role=demand.role)


def _shown(
    work: Work, demand: RemoveException | ListExceptions, practices: Collection[UUID], *, now: datetime
) -> list[ExceptionView]:
    """Return the exceptions that are not over; a front desk gets those that affect its clinics."""
    found = store.hours.exceptions_of(work, demand.professional_id, first=first_day(now))
    seen = None if demand.role == "professional" else {None, *practices}
    return [exception_view(each) for each in found if seen is None or each.practice_id in seen]


def _seen_by(
    demand: PublishHours | AddException | RemoveException, practices: Collection[UUID | None]
) -> set[UUID] | None:
    """Return the practices whose visits the caller sees; None: all, for the professional themself."""
    return None if demand.role == "professional" else {each for each in practices if each is not None}
