"""What requests does with each message: one function and one transaction each."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import hours, request
from services.requests.domain.hours import Hours, Service, Span
from services.requests.domain.request import Request
from shared import cursor
from shared.contracts.requests import (
    AddService,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    FindSlots,
    GetHours,
    GetRequest,
    HoursView,
    ListRequests,
    ListServices,
    OpeningHours,
    PublishHours,
    RequestsPage,
    RequestView,
    ServicesView,
    ServiceView,
    Slot,
    SlotsView,
    SubmitRequest,
)
from shared.db import Unit, Work
from shared.errors import Refused, key_reused

Decision = ConfirmRequest | DeclineRequest | CancelRequest | CompleteRequest
VERBS = {
    ConfirmRequest: "confirm",
    DeclineRequest: "decline",
    CancelRequest: "cancel",
    CompleteRequest: "complete",
}

ALTERNATIVES = 3
"""Free times shown to somebody whose wanted time was taken."""
_LOOK_AHEAD = 14  # days
_EXPIRE_AT_ONCE = 100


def publish_hours(unit: Unit, demand: PublishHours) -> HoursView:
    published = hours.publish(demand)
    with unit() as work:
        store.put_hours(work, published)
    return hours_view(published)


def get_hours(unit: Unit, demand: GetHours) -> HoursView:
    with unit() as work:
        return hours_view(_hours(work, demand.professional_id))


def add_service(unit: Unit, demand: AddService) -> ServiceView:
    service = hours.add_service(demand)
    with unit() as work:
        if not store.add_service(work, service) and store.find_service(work, service.id) != service:
            raise key_reused()
    return service_view(service)


def list_services(unit: Unit, demand: ListServices) -> ServicesView:
    with unit() as work:
        found = store.services_of(work, demand.professional_id)
        if not found:
            _hours(work, demand.professional_id)
    return ServicesView(services=[service_view(each) for each in found])


def find_slots(unit: Unit, demand: FindSlots, *, now: datetime) -> SlotsView:
    with unit() as work:
        weekly = _hours(work, demand.professional_id)
        service = _service(work, demand.service_id, demand.professional_id)
        first, days = hours.days_ahead(weekly, first=demand.from_date, days=demand.days, now=now)
        found = _free(work, weekly, service, first=first, days=days, now=now)
    return SlotsView(
        professional_id=weekly.professional_id,
        service_id=service.id,
        time_zone=weekly.time_zone,
        slots=[slot(span, weekly.time_zone) for span in found],
    )


def submit(unit: Unit, demand: SubmitRequest, *, now: datetime) -> RequestView:
    with unit() as work:
        if known := store.find(work, demand.request_id):
            return _repeated(known, demand)
        weekly = _hours(work, demand.professional_id)
        service = _service(work, demand.service_id, demand.professional_id)
        span = hours.slot_at(weekly, service, demand.starts_at, now=now)
        new, events = request.submit(demand, service=service, span=span, time_zone=weekly.time_zone, now=now)
        if not store.add(work, new):
            if known := store.find(work, demand.request_id):  # sent twice at once
                return _repeated(known, demand)
            _expire(work, store.overdue_in(work, weekly.professional_id, span, now=now), now=now)
            if not store.add(work, new):
                raise _slot_taken(work, weekly, service, span, now=now)
        work.emit(*events)
    return view(new)


def decide(unit: Unit, demand: Decision, *, now: datetime) -> RequestView:
    with unit() as work:
        before = _found(store.find_to_change(work, demand.request_id))
        after, events = request.decide(
            before, VERBS[type(demand)], by=demand.by, version=demand.version, now=now
        )
        if after != before:
            store.save(work, after)
        work.emit(*events)
    return view(after)


def expire_overdue(unit: Unit, *, now: datetime) -> int:
    """End requests that nobody decided on in time; how many."""
    with unit() as work:
        late = store.overdue(work, now=now, limit=_EXPIRE_AT_ONCE)
        _expire(work, late, now=now)
    return len(late)


def get(unit: Unit, demand: GetRequest) -> RequestView:
    with unit() as work:
        found = _found(store.find(work, demand.request_id))
    request.role_of(demand.by, found)
    return view(found)


def list_mine(unit: Unit, demand: ListRequests) -> RequestsPage:
    with unit() as work:
        found = store.page(
            work,
            demand.person_id,
            status=demand.status,
            after=demand.cursor,
            limit=demand.limit + 1,
        )
    shown, following = cursor.cut(found, demand.limit, lambda last: (last.starts_at, last.id))
    return RequestsPage(requests=[view(each) for each in shown], next_cursor=following)


def view(found: Request) -> RequestView:
    zone = ZoneInfo(found.time_zone)
    return RequestView(
        request_id=found.id,
        version=found.version,
        status=found.status,
        patient_id=found.patient_id,
        professional_id=found.professional_id,
        service_id=found.service_id,
        service_name=found.service_name,
        starts_at=found.starts_at.astimezone(zone),
        ends_at=found.ends_at.astimezone(zone),
        time_zone=found.time_zone,
        details=found.details,
        submitted_at=found.submitted_at.astimezone(zone),
        expires_at=found.expires_at.astimezone(zone),
    )


def hours_view(published: Hours) -> HoursView:
    return HoursView(
        professional_id=published.professional_id,
        time_zone=published.time_zone,
        weekly=[
            OpeningHours(weekday=each.weekday, opens=each.opens, closes=each.closes)
            for each in published.weekly
        ],
    )


def service_view(service: Service) -> ServiceView:
    return ServiceView(
        service_id=service.id,
        professional_id=service.professional_id,
        name=service.name,
        minutes=service.minutes,
    )


def slot(span: Span, time_zone: str) -> Slot:
    zone = ZoneInfo(time_zone)
    return Slot(starts_at=span.start.astimezone(zone), ends_at=span.end.astimezone(zone))


def _hours(work: Work, professional_id: UUID) -> Hours:
    found = store.find_hours(work, professional_id)
    if found is None:
        detail = "No professional with this id has published hours here."
        raise Refused("unknown_professional", detail, field="professional_id")
    return found


def _service(work: Work, service_id: UUID, professional_id: UUID) -> Service:
    found = store.find_service(work, service_id)
    if found is None or found.professional_id != professional_id:
        detail = "This professional has no service with this id."
        raise Refused("unknown_service", detail, field="service_id")
    return found


def _found(found: Request | None) -> Request:
    if found is None:
        raise Refused("unknown_request", "There is no request with this id.")
    return found


def _free(
    work: Work, weekly: Hours, service: Service, *, first: date, days: int, now: datetime
) -> Iterator[Span]:
    """One range read of busy times; the rest in memory, and only as far as it is looked at."""
    if not days:
        return iter(())
    taken = store.busy(work, weekly.professional_id, hours.window(weekly, first=first, days=days))
    return hours.free(hours.slots(weekly, service, first=first, days=days), taken, now=now)


def _repeated(known: Request, demand: SubmitRequest) -> RequestView:
    if not request.is_repeat(known, demand):
        raise key_reused()
    return view(known)


def _expire(work: Work, late: list[Request], *, now: datetime) -> None:
    for each in late:
        after, events = request.expire(each, now=now)
        store.save(work, after)
        work.emit(*events)


def _slot_taken(work: Work, weekly: Hours, service: Service, wanted: Span, *, now: datetime) -> Refused:
    """The refusal, with the next times that are still free."""
    first = wanted.start.astimezone(ZoneInfo(weekly.time_zone)).date()
    found = _free(work, weekly, service, first=first, days=_LOOK_AHEAD, now=now)
    following = islice((span for span in found if span.start > wanted.start), ALTERNATIVES)
    return Refused(
        "slot_taken",
        "That time has just been taken: choose another.",
        field="starts_at",
        next_free=[slot(span, weekly.time_zone).model_dump(mode="json") for span in following],
    )
