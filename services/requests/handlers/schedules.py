"""Schedules: weekly hours, overrides, and booking settings of a professional.

Slots are computed from them in `domain.slots`. A change of a schedule moves no request: the answer names
those that no longer fit.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import booking, hours, interval, membership, versions
from services.requests.operations import access, lookups, timetables, views
from shared.bus import handles
from shared.contracts.requests import hours as contract
from shared.contracts.requests import refusals
from shared.db import Unit, Work


@handles(contract.PublishHours)
def publish_hours(unit: Unit, command: contract.PublishHours, *, now: datetime) -> contract.HoursView:
    with unit() as work:
        place = lookups.place_to_set(work, command.location_id, command)
        before = store.hours.find(work, command.professional_id, command.location_id)
        after = hours.publish(before, command)
        if after != before and not store.hours.put(work, after):
            latest = store.hours.find(work, command.professional_id, command.location_id)
            if latest != after:
                raise versions.stale("hours", latest.version)
        outside = timetables.outside_of(
            work, command.professional_id, at=_seen_by(command, {place.practice_id}), now=now
        )
    return views.hours_view(
        after.weekly, place, command.professional_id, version=after.version, outside=outside
    )


@handles(contract.GetHours)
def get_hours(unit: Unit, command: contract.GetHours, *, now: datetime) -> contract.AllHoursView:
    with unit() as work:
        tables = timetables.known_tables(work, command.professional_id, now=now)
        version_of = store.hours.versions(work, command.professional_id)
    shown = [
        views.hours_view(
            each.weekly, each.location, command.professional_id, version=version_of[each.location.id]
        )
        for each in tables
        if each.location.id in version_of
    ]
    return contract.AllHoursView(professional_id=command.professional_id, hours=shown)


@handles(contract.AddOverride)
def add_override(unit: Unit, command: contract.AddOverride, *, now: datetime) -> contract.OverrideView:
    """Add an override. A repeated command changes nothing."""
    with unit() as work:
        practice_id = _where(work, command)
        known = store.hours.find_override(work, command.exception_id)
        today = interval.first_day(now) if known is None else date.min
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
        outside = timetables.outside_of(work, command.professional_id, at=seen, now=now)
    return views.override_view(new, outside=outside)


@handles(contract.RemoveOverride)
def remove_override(unit: Unit, command: contract.RemoveOverride, *, now: datetime) -> contract.OverridesView:
    """Remove an override, if it is there. Refuses `not_yours` to the front desk of another clinic."""
    with unit() as work:
        practices = _practices(work, command)
        found = store.hours.find_override(work, command.exception_id)
        if found is not None and found.professional_id == command.professional_id:
            if (found.practice_id or found.professional_id) not in practices:
                raise membership.not_acting()
            store.hours.remove_override(work, command.professional_id, command.exception_id)
        left = _shown(work, command, practices, now=now)
        outside = timetables.outside_of(
            work, command.professional_id, at=_seen_by(command, practices), now=now
        )
    return contract.OverridesView(exceptions=left, outside=outside)


@handles(contract.ListOverrides)
def list_overrides(unit: Unit, command: contract.ListOverrides, *, now: datetime) -> contract.OverridesView:
    with unit() as work:
        found = _shown(work, command, _practices(work, command), now=now)
    return contract.OverridesView(exceptions=found)


@handles(contract.SetBookingSettings)
def set_booking_settings(
    unit: Unit, command: contract.SetBookingSettings, *, now: datetime
) -> contract.BookingSettingsView:
    with unit() as work:
        practice_id = access.practice_named(work, command) or command.professional_id
        before = store.policies.booking_settings_of(work, command.professional_id, practice_id)
        after = booking.change(before, command)
        if after != before and not store.policies.put_booking_settings(work, after):
            latest = store.policies.booking_settings_of(work, command.professional_id, practice_id)
            if latest != after:
                raise versions.stale("calendar", latest.version)
        outside = timetables.outside_of(work, command.professional_id, at={practice_id}, now=now)
    return views.booking_settings_view(after, outside=outside)


@handles(contract.GetBookingSettings)
def get_booking_settings(unit: Unit, command: contract.GetBookingSettings) -> contract.BookingSettingsView:
    practice_id = command.clinic_id or command.professional_id
    with unit() as work:
        found = store.policies.booking_settings_of(work, command.professional_id, practice_id)
    return views.booking_settings_view(booking.for_everybody(found))


@handles(contract.ReadBookingSettings)
def read_booking_settings(
    unit: Unit, command: contract.ReadBookingSettings, *, now: datetime
) -> contract.BookingSettingsView:
    with unit() as work:
        practice_id = access.practice_named(work, command) or command.professional_id
        found = store.policies.booking_settings_of(work, command.professional_id, practice_id)
        outside = timetables.outside_of(work, command.professional_id, at={practice_id}, now=now)
    return views.booking_settings_view(found, outside=outside)


def _where(work: Work, command: contract.AddOverride) -> UUID | None:
    """Return the practice at which it holds; None: wherever the professional works, if they set it themself.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, `missing_field` and `unknown_location`.
    """
    if command.location_id is None:
        return access.practice_named(work, command)
    place = lookups.place_to_set(work, command.location_id, command)
    if command.clinic_id not in (None, place.practice_id):
        raise refusals.UnknownLocation()
    return place.practice_id


def _practices(work: Work, command: contract.RemoveOverride | contract.ListOverrides) -> set[UUID]:
    """Return the practices where the caller acts for the professional.

    Refuses `unknown_professional`, `unknown_account` and `not_yours`.
    """
    access.refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    return access.practices_for(work, command.professional_id, by=command.by, role=command.role)


def _shown(
    work: Work,
    command: contract.RemoveOverride | contract.ListOverrides,
    practices: Collection[UUID],
    *,
    now: datetime,
) -> list[contract.OverrideView]:
    """Return the exceptions that are not over; a front desk gets those that affect its clinics."""
    found = store.hours.overrides_of(work, command.professional_id, first=interval.first_day(now))
    seen = None if command.role == "professional" else {None, *practices}
    return [views.override_view(each) for each in found if seen is None or each.practice_id in seen]


def _seen_by(
    command: contract.PublishHours | contract.AddOverride | contract.RemoveOverride,
    practices: Collection[UUID | None],
) -> set[UUID] | None:
    """Return the practices whose visits the caller sees; None: all, for the professional themself."""
    return None if command.role == "professional" else {each for each in practices if each is not None}
