"""Requests: asking for a visit, deciding on it, and looking at it."""

from datetime import datetime
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import desk, hours, reading, request
from services.requests.domain.hours import Hours, Span
from services.requests.domain.request import Request, Side
from services.requests.domain.service import Service
from services.requests.handlers.desks import is_front_desk, may_act_for
from services.requests.handlers.erasure import refuse_erased
from services.requests.handlers.hours import free_slots, known_hours, known_service, slot
from shared import cursor
from shared.contracts.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    GetRequest,
    ListRequests,
    RequestsPage,
    RequestView,
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


def submit(unit: Unit, demand: SubmitRequest, *, now: datetime) -> RequestView:
    with unit() as work:
        if known := store.visits.find(work, demand.request_id):
            return _repeated(known, demand)
        refuse_erased(work, professional_id=demand.professional_id, person_id=demand.patient_id)
        weekly = known_hours(work, demand.professional_id)
        wanted = known_service(work, demand.service_id, demand.professional_id)
        span = hours.slot_at(weekly, wanted, demand.starts_at, now=now)
        new, events = request.submit(demand, service=wanted, span=span, time_zone=weekly.time_zone, now=now)
        if not store.visits.add(work, new):
            if known := store.visits.find(work, demand.request_id):  # sent twice at once
                return _repeated(known, demand)
            _expire(work, store.visits.overdue_in(work, weekly.professional_id, span, now=now), now=now)
            if not store.visits.add(work, new):
                raise _slot_taken(work, weekly, wanted, span, now=now)
        work.emit(*events)
    return view(new)


def decide(unit: Unit, demand: Decision, *, read_id: UUID, now: datetime) -> RequestView:
    """The answer shows the visit, so it is a look at it too; `read_id` is the id of that look."""
    with unit() as work:
        before = _found(store.visits.find_to_change(work, demand.request_id))
        side = _side(work, before, demand)
        after, events = request.decide(before, VERBS[type(demand)], by=side, version=demand.version, now=now)
        if after != before:
            store.visits.save(work, after)
        look = reading.read([after], by=demand.by, role=demand.role, read_id=read_id, now=now)
        work.emit(*events, *look)
    return view(after)


def expire_overdue(unit: Unit, *, now: datetime) -> int:
    """End requests that nobody decided on in time; how many."""
    with unit() as work:
        late = store.visits.overdue(work, now=now, limit=_EXPIRE_AT_ONCE)
        _expire(work, late, now=now)
    return len(late)


def get(unit: Unit, demand: GetRequest, *, read_id: UUID, now: datetime) -> RequestView:
    with unit() as work:
        found = _found(store.visits.find(work, demand.request_id))
        _side(work, found, demand)
        work.emit(*reading.read([found], by=demand.by, role=demand.role, read_id=read_id, now=now))
    return view(found)


def page(unit: Unit, demand: ListRequests, *, read_id: UUID, now: datetime) -> RequestsPage:
    """`read_id` is the id of this look, should it be one at visits of others."""
    with unit() as work:
        found = store.visits.page_of(
            work, *_whose(work, demand), status=demand.status, after=demand.cursor, limit=demand.limit + 1
        )
        shown, following = cursor.cut(found, demand.limit, lambda last: (last.starts_at, last.id))
        work.emit(*reading.read(shown, by=demand.person_id, role=demand.role, read_id=read_id, now=now))
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


def _found(found: Request | None) -> Request:
    if found is None:
        raise Refused("unknown_request", "There is no request with this id.")
    return found


def _side(work: Work, found: Request, demand: Decision | GetRequest) -> Side:
    """Refuses `not_yours`."""
    front_desk = is_front_desk(work, demand.by, demand.role, of=found.professional_id)
    return request.side_of(found, by=demand.by, role=demand.role, front_desk=front_desk)


def _whose(work: Work, demand: ListRequests) -> tuple[Side, UUID]:
    """Whose requests are wanted, and on which side of them she is. Refuses `missing_field`, `not_yours`."""
    if demand.role == "patient" and demand.professional_id is None:
        return "patient", demand.person_id
    professional_id = desk.whose(demand.professional_id, by=demand.person_id, role=demand.role)
    may_act_for(work, professional_id, by=demand.person_id, role=demand.role)
    return "professional", professional_id


def _repeated(known: Request, demand: SubmitRequest) -> RequestView:
    if not request.is_repeat(known, demand):
        raise key_reused()
    return view(known)


def _expire(work: Work, late: list[Request], *, now: datetime) -> None:
    for each in late:
        after, events = request.expire(each, now=now)
        store.visits.save(work, after)
        work.emit(*events)


def _slot_taken(work: Work, weekly: Hours, wanted: Service, span: Span, *, now: datetime) -> Refused:
    """The refusal, with the next times that are still free."""
    first = span.start.astimezone(ZoneInfo(weekly.time_zone)).date()
    found = free_slots(work, weekly, wanted, first=first, days=_LOOK_AHEAD, now=now)
    following = islice((each for each in found if each.start > span.start), ALTERNATIVES)
    return Refused(
        "slot_taken",
        "That time has just been taken: choose another.",
        field="starts_at",
        next_free=[slot(each, weekly.time_zone).model_dump(mode="json") for each in following],
    )
