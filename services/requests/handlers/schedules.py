"""Schedules: weekly hours, overrides, and booking settings of a professional."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import booking, hours, membership
from services.requests.domain.interval import first_day
from services.requests.domain.versions import stale
from services.requests.operations.access import practice_named, practices_for, refuse_erased
from services.requests.operations.lookups import place_to_set, unknown_location
from services.requests.operations.timetables import known_tables, outside_of
from services.requests.operations.views import booking_settings_view, hours_view, override_view
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests.hours import (
    AddOverride,
    AllHoursView,
    BookingSettingsView,
    GetBookingSettings,
    GetHours,
    HoursView,
    ListOverrides,
    OverridesView,
    OverrideView,
    PublishHours,
    ReadBookingSettings,
    RemoveOverride,
    SetBookingSettings,
)
from shared.db import Unit, Work


@handles(PublishHours)
def publish_hours(unit: Unit, command: PublishHours, *, now: datetime) -> HoursView:
    with unit() as work:
        refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
        place = place_to_set(work, command.location_id, command)
        before = store.hours.find(work, command.professional_id, command.location_id)
        after = hours.publish(before, command)
        if after != before and not store.hours.put(work, after):
            latest = store.hours.find(work, command.professional_id, command.location_id)
            if latest != after:
                raise stale("hours", latest.version)
        outside = outside_of(
            work, command.professional_id, at=_seen_by(command, {place.practice_id}), now=now
        )
    return hours_view(after.weekly, place, command.professional_id, version=after.version, outside=outside)


@handles(GetHours)
def get_hours(unit: Unit, command: GetHours, *, now: datetime) -> AllHoursView:
    with unit() as work:
        tables = known_tables(work, command.professional_id, now=now)
        versions = store.hours.versions(work, command.professional_id)
    views = [
        hours_view(each.weekly, each.location, command.professional_id, version=versions[each.location.id])
        for each in tables
        if each.location.id in versions
    ]
    return AllHoursView(professional_id=command.professional_id, hours=views)


@handles(AddOverride)
def add_override(unit: Unit, command: AddOverride, *, now: datetime) -> OverrideView:
    """Repeating it changes nothing."""
    with unit() as work:
        practice_id = _where(work, command)
        known = store.hours.find_override(work, command.exception_id)
        today = first_day(now) if known is None else date.min
        new = hours.add_override(command, practice_id=practice_id, today=today)
        if known is None:
            work.in_turn(command.professional_id, "exceptions")
            to_come = store.hours.overrides_of(work, command.professional_id, first=today)
            hours.refuse_too_many(each for each in to_come if each.practice_id == practice_id)
            if not store.hours.add_override(work, new):
                known = store.hours.find_override(work, command.exception_id)
        if known not in (None, new):
            raise refusals.IdempotencyKeyReused()
        seen = _seen_by(command, {practice_id})
        outside = outside_of(work, command.professional_id, at=seen, now=now)
    return override_view(new, outside=outside)


@handles(RemoveOverride)
def remove_override(unit: Unit, command: RemoveOverride, *, now: datetime) -> OverridesView:
    """Refuses `not_yours` to a front desk whose clinic it is not of."""
    with unit() as work:
        practices = _practices(work, command)
        found = store.hours.find_override(work, command.exception_id)
        if found is not None and found.professional_id == command.professional_id:
            if (found.practice_id or found.professional_id) not in practices:
                raise membership.not_acting()
            store.hours.remove_override(work, command.professional_id, command.exception_id)
        left = _shown(work, command, practices, now=now)
        outside = outside_of(work, command.professional_id, at=_seen_by(command, practices), now=now)
    return OverridesView(exceptions=left, outside=outside)


@handles(ListOverrides)
def list_overrides(unit: Unit, command: ListOverrides, *, now: datetime) -> OverridesView:
    with unit() as work:
        found = _shown(work, command, _practices(work, command), now=now)
    return OverridesView(exceptions=found)


@handles(SetBookingSettings)
def set_booking_settings(unit: Unit, command: SetBookingSettings, *, now: datetime) -> BookingSettingsView:
    with unit() as work:
        practice_id = _settings_of(work, command)
        before = store.policies.booking_settings_of(work, command.professional_id, practice_id)
        after = booking.change(before, command)
        if after != before and not store.policies.put_booking_settings(work, after):
            latest = store.policies.booking_settings_of(work, command.professional_id, practice_id)
            if latest != after:
                raise stale("calendar", latest.version)
        outside = outside_of(work, command.professional_id, at={practice_id}, now=now)
    return booking_settings_view(after, outside=outside)


@handles(GetBookingSettings)
def get_booking_settings(unit: Unit, command: GetBookingSettings) -> BookingSettingsView:
    practice_id = command.clinic_id or command.professional_id
    with unit() as work:
        found = store.policies.booking_settings_of(work, command.professional_id, practice_id)
    return booking_settings_view(booking.for_everybody(found))


@handles(ReadBookingSettings)
def read_booking_settings(unit: Unit, command: ReadBookingSettings, *, now: datetime) -> BookingSettingsView:
    with unit() as work:
        practice_id = _settings_of(work, command)
        found = store.policies.booking_settings_of(work, command.professional_id, practice_id)
        outside = outside_of(work, command.professional_id, at={practice_id}, now=now)
    return booking_settings_view(found, outside=outside)


def _where(work: Work, command: AddOverride) -> UUID | None:
    """Return the practice at which it holds; None: wherever the professional works, if they set it themself.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, `missing_field` and `unknown_location`.
    """
    refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    if command.location_id is not None:
        place = place_to_set(work, command.location_id, command)
        if command.clinic_id not in (None, place.practice_id):
            raise unknown_location()
        return place.practice_id
    return practice_named(work, command.professional_id, command.clinic_id, by=command.by, role=command.role)


def _settings_of(work: Work, command: SetBookingSettings | ReadBookingSettings) -> UUID:
    """Refuses `unknown_professional`, `unknown_account`, `not_yours` and `missing_field`."""
    refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    named = practice_named(work, command.professional_id, command.clinic_id, by=command.by, role=command.role)
    return named or command.professional_id


def _practices(work: Work, command: RemoveOverride | ListOverrides) -> set[UUID]:
    """Refuses `unknown_professional`, `unknown_account` and `not_yours`."""
    refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    return practices_for(work, command.professional_id, by=command.by, role=command.role)


def _shown(
    work: Work, command: RemoveOverride | ListOverrides, practices: Collection[UUID], *, now: datetime
) -> list[OverrideView]:
    """Return the exceptions that are not over; a front desk gets those that affect its clinics."""
    found = store.hours.overrides_of(work, command.professional_id, first=first_day(now))
    seen = None if command.role == "professional" else {None, *practices}
    return [override_view(each) for each in found if seen is None or each.practice_id in seen]


def _seen_by(
    command: PublishHours | AddOverride | RemoveOverride, practices: Collection[UUID | None]
) -> set[UUID] | None:
    """Return the practices whose visits the caller sees; None: all, for the professional themself."""
    return None if command.role == "professional" else {each for each in practices if each is not None}
