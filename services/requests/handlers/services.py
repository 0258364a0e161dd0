"""Services: what a professional can be asked for."""

from datetime import datetime

from services.requests import store
from services.requests.domain import service
from services.requests.domain.service import Service
from services.requests.handlers.desks import practices_for
from services.requests.handlers.erasure import refuse_erased
from services.requests.handlers.hours import known_tables
from services.requests.handlers.places import known_place
from shared.contracts.requests.services import (
    AddService,
    ChangeService,
    ListServices,
    ServicesView,
    ServiceView,
)
from shared.db import Unit, Work
from shared.errors import Refused, key_reused, too_many

MOST_SERVICES = 200
"""That one professional ever had."""


def add(unit: Unit, demand: AddService, *, now: datetime) -> ServiceView:
    added, events = service.add(demand, now=now)
    with unit() as work:
        _refuse_others(work, demand)
        work.in_turn(demand.professional_id, "services")
        known = store.services.find(work, added.id)
        if known is None and store.services.count(work, demand.professional_id) >= MOST_SERVICES:
            raise too_many(
                "services", MOST_SERVICES, f"You have {MOST_SERVICES} services: change one of them."
            )
        if store.services.add(work, added):
            work.emit(*events)
            return view(added)
        known = store.services.find(work, added.id)
        if known is None or not service.is_repeat(known, added):
            raise key_reused()
    return view(known)


def change(unit: Unit, demand: ChangeService, *, now: datetime) -> ServiceView:
    with unit() as work:
        _refuse_others(work, demand)
        before = store.services.find_to_change(work, demand.service_id)
        if before is None or before.professional_id != demand.professional_id:
            raise unknown_service()
        after, events = service.change(before, demand, now=now)
        if after != before:
            store.services.save(work, after)
        work.emit(*events)
    return view(after)


def listed(unit: Unit, demand: ListServices, *, now: datetime) -> ServicesView:
    with unit() as work:
        found = store.services.offered_by(work, demand.professional_id)
        if not found:
            known_tables(work, demand.professional_id, now=now)
    return ServicesView(services=[view(each) for each in found])


def unknown_service() -> Refused:
    detail = "This professional has no service with this id."
    return Refused("unknown_service", detail, field="service_id")


def view(found: Service) -> ServiceView:
    return ServiceView(
        service_id=found.id,
        version=found.version,
        professional_id=found.professional_id,
        kind=found.kind,
        mode=found.mode,
        **dict(found.settings),
    )


def _refuse_others(work: Work, demand: AddService | ChangeService) -> None:
    """Refuses `unknown_professional`, `unknown_account`, `not_yours` and `unknown_location`."""
    refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
    practices_for(work, demand.professional_id, by=demand.by, role=demand.role)
    if (location_id := demand.settings.location_id) is not None:
        known_place(work, location_id, professional_id=demand.professional_id)
