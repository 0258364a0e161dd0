"""Hours and services: what can be asked for, and when."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import hours, service
from services.requests.domain.hours import Hours, Span
from services.requests.domain.service import Service
from services.requests.handlers.desks import may_act_for
from services.requests.handlers.erasure import refuse_erased
from shared.contracts.requests import (
    AddService,
    FindNextFree,
    FindSlots,
    GetHours,
    HoursView,
    ListServices,
    NextFree,
    NextFreeView,
    OpeningHours,
    PublishHours,
    ServicesView,
    ServiceView,
    Slot,
    SlotsView,
)
from shared.db import Unit, Work
from shared.errors import Refused, key_reused


def publish_hours(unit: Unit, demand: PublishHours) -> HoursView:
    published = hours.publish(demand)
    with unit() as work:
        refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
        may_act_for(work, demand.professional_id, by=demand.by, role=demand.role)
        store.hours.put(work, published)
    return hours_view(published)


def get_hours(unit: Unit, demand: GetHours) -> HoursView:
    with unit() as work:
        return hours_view(known_hours(work, demand.professional_id))


def add_service(unit: Unit, demand: AddService, *, now: datetime) -> ServiceView:
    added, events = service.add(demand, now=now)
    with unit() as work:
        refuse_erased(work, professional_id=demand.professional_id, person_id=demand.by)
        may_act_for(work, demand.professional_id, by=demand.by, role=demand.role)
        if store.hours.add_service(work, added):
            work.emit(*events)
        elif store.hours.find_service(work, added.id) != added:
            raise key_reused()
    return service_view(added)


def list_services(unit: Unit, demand: ListServices) -> ServicesView:
    with unit() as work:
        found = store.hours.services_of(work, demand.professional_id)
        if not found:
            known_hours(work, demand.professional_id)
    return ServicesView(services=[service_view(each) for each in found])


def find_slots(unit: Unit, demand: FindSlots, *, now: datetime) -> SlotsView:
    with unit() as work:
        weekly = known_hours(work, demand.professional_id)
        wanted = known_service(work, demand.service_id, demand.professional_id)
        first, days = hours.days_ahead(weekly, first=demand.from_date, days=demand.days, now=now)
        found = free_slots(work, weekly, wanted, first=first, days=days, now=now)
    return SlotsView(
        professional_id=weekly.professional_id,
        service_id=wanted.id,
        time_zone=weekly.time_zone,
        slots=[slot(span, weekly.time_zone) for span in found],
    )


def find_next_free(unit: Unit, demand: FindNextFree, *, now: datetime) -> NextFreeView:
    """Three reads for all professionals together; the rest in memory, when the connection is free again."""
    with unit() as work:
        everybody = {
            each.professional_id: each for each in store.hours.find_all(work, demand.professional_ids)
        }
        services = store.hours.services_of_all(work, everybody, kind=demand.kind, mode=demand.mode)
        latest = max((hours.coming(everybody[each], now=now).end for each in services), default=now)
        taken = store.visits.busy_of_all(work, services, Span(now, latest))
    times = []
    for weekly in (everybody[each] for each in dict.fromkeys(demand.professional_ids) if each in services):
        busy = taken.get(weekly.professional_id, [])
        if found := hours.next_free(weekly, services[weekly.professional_id], busy, now=now):
            times.append(next_free_view(weekly, *found))
    return NextFreeView(times=times)


def hours_view(published: Hours) -> HoursView:
    return HoursView(
        professional_id=published.professional_id,
        time_zone=published.time_zone,
        weekly=[
            OpeningHours(weekday=each.weekday, opens=each.opens, closes=each.closes)
            for each in published.weekly
        ],
    )


def service_view(added: Service) -> ServiceView:
    return ServiceView(
        service_id=added.id,
        professional_id=added.professional_id,
        name=added.name,
        kind=added.kind,
        mode=added.mode,
        minutes=added.minutes,
    )


def next_free_view(weekly: Hours, offered: Service, span: Span) -> NextFree:
    found = slot(span, weekly.time_zone)
    return NextFree(
        professional_id=weekly.professional_id,
        service_id=offered.id,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )


def slot(span: Span, time_zone: str) -> Slot:
    zone = ZoneInfo(time_zone)
    return Slot(starts_at=span.start.astimezone(zone), ends_at=span.end.astimezone(zone))


def known_hours(work: Work, professional_id: UUID) -> Hours:
    """Refuses `unknown_professional`."""
    found = store.hours.find(work, professional_id)
    if found is None:
        raise hours.unknown_professional()
    return found


def known_service(work: Work, service_id: UUID, professional_id: UUID) -> Service:
    """Refuses `unknown_service`."""
    found = store.hours.find_service(work, service_id)
    if found is None or found.professional_id != professional_id:
        detail = "This professional has no service with this id."
        raise Refused("unknown_service", detail, field="service_id")
    return found


def free_slots(
    work: Work, weekly: Hours, wanted: Service, *, first: date, days: int, now: datetime
) -> Iterator[Span]:
    """One range read of busy times; the rest in memory, and only as far as it is looked at."""
    if not days:
        return iter(())
    taken = store.visits.busy(work, weekly.professional_id, hours.window(weekly, first=first, days=days))
    return hours.free(hours.slots(weekly, wanted, first=first, days=days), taken, now=now)
