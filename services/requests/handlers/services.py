"""Services: the appointment types of a professional, added, changed and listed."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import membership, service
from services.requests.domain.service import Service
from services.requests.operations import access, lookups, timetables, views
from shared.bus import handles
from shared.contracts.requests import refusals, services
from shared.db import Unit, Work


@handles(services.AddService)
def add(unit: Unit, command: services.AddService, *, now: datetime) -> services.ServiceView:
    with unit() as work:
        practice_id = access.practice_named(work, command)
        _refuse_other_places(work, command, practice_id)
        added, events = service.add(command, practice_id=practice_id, now=now)
        work.in_turn(command.professional_id, "services")
        known = store.services.find(work, added.id)
        if known is None:
            service.refuse_too_many(store.services.count(work, command.professional_id, practice_id))
            if store.services.add(work, added):
                work.publish(*events)
                return views.service_view(added)
            known = store.services.find(work, added.id)
        if known is None or not service.is_repeat(known, added):
            raise refusals.IdempotencyKeyReused()
    return views.service_view(known)


@handles(services.ChangeService)
def change(unit: Unit, command: services.ChangeService, *, now: datetime) -> services.ServiceView:
    with unit() as work:
        before = _known(work, command)
        after, events = service.change(before, command, now=now)
        if after != before:
            store.services.save(work, after)
        work.publish(*events)
    return views.service_view(after)


@handles(services.ListServices)
def list_services(unit: Unit, command: services.ListServices, *, now: datetime) -> services.ServicesView:
    with unit() as work:
        found = store.services.offered_by(work, command.professional_id)
        if not found:
            timetables.known_tables(work, command.professional_id, now=now)
    return services.ServicesView(services=[views.service_view(each) for each in found])


def _known(work: Work, command: services.ChangeService) -> Service:
    """Return the service, locked.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, `unknown_service` and `unknown_location`.
    """
    access.refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    practices = access.practices_for(work, command.professional_id, by=command.by, role=command.role)
    found = store.services.find(work, command.service_id, to_change=True)
    if found is None or found.professional_id != command.professional_id:
        raise refusals.UnknownService()
    if (found.practice_id or found.professional_id) not in practices:
        raise membership.not_acting()
    _refuse_other_places(work, command, found.practice_id)
    return found


def _refuse_other_places(
    work: Work, command: services.AddService | services.ChangeService, practice_id: UUID | None
) -> None:
    """Refuse a location where the professional does not work, or of another practice.

    Refuses `unknown_location`.
    """
    if (location_id := command.settings.location_id) is None:
        return
    place = lookups.known_place(work, location_id, professional_id=command.professional_id)
    if practice_id not in (None, place.practice_id):
        raise refusals.UnknownLocation()
