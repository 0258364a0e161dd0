"""Writing: each change of a request ends here, with its holds and its events in one transaction.

A request is saved together with its due time; a time that another request holds is never taken.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import answering, ending, slots
from services.requests.domain.ending import Leaving
from services.requests.domain.interval import Interval, days_from, local_day
from services.requests.domain.request import Request
from services.requests.domain.slots import Wanted
from services.requests.operations import availability
from services.requests.tools import Tools
from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.db import Work


def take(
    work: Work,
    request: Request,
    wanted: Wanted,
    *,
    before: Request | None = None,
    tools: Tools,
    now: datetime,
) -> None:
    """Take the holds of the request. Refuses `slot_taken` with the next times that are free."""
    if store.holds.take(work, request, before=before):
        return
    intervals = [each.interval for each in request.holds.values()]
    professional_id = wanted.offer.service.professional_id
    free_what_is_due(work, professional_id, intervals, but=request.id, tools=tools, now=now)
    if not store.holds.take(work, request, before=before):
        others = availability.alternatives(work, wanted, now=now)
        raise refusals.SlotTaken(
            field="starts_at", next_free=[each.model_dump(mode="json") for each in others]
        )


def refuse_full_day(work: Work, wanted: Wanted, *, of: UUID, tools: Tools, now: datetime) -> None:
    """Refuse a slot on a full day, not counting the request `of`. Refuses `day_full`.

    The lock makes requests for the last slot of a day wait for each other.
    """
    booking, slot = wanted.offer.booking, wanted.slot
    if booking.settings.daily_maximum is None:
        return
    store.policies.lock_booking_settings(work, booking.professional_id, booking.practice_id)
    day = days_from(local_day(slot.interval.start, slot.time_zone), 1, slot.time_zone)
    professional_id = booking.professional_id
    held = store.holds.held(work, [professional_id], day, but=of)
    if slots.full_days(held[professional_id], booking)(slot):
        free_what_is_due(work, professional_id, [day], but=of, tools=tools, now=now)
        held = store.holds.held(work, [professional_id], day, but=of)
        slots.refuse_full_day(held[professional_id], wanted)


def save(work: Work, before: Request, after: Request, events: Collection[Event], *, tools: Tools) -> bool:
    """Save a changed request and publish; False if another request has taken one of its holds."""
    if after != before:
        store.requests.save(work, tools.master, after, due_at=ending.due_at(after, tools.timing))
        if after.holds != before.holds and not store.holds.take(work, after, before=before):
            return False
    work.publish(*events)
    return True


def free_what_is_due(
    work: Work,
    professional_id: UUID,
    intervals: Collection[Interval],
    *,
    but: UUID,
    tools: Tools,
    now: datetime,
) -> None:
    """End the overdue requests that hold a part of these intervals, without the request `but`."""
    for each in store.requests.due_in(work, tools.master, professional_id, intervals, but=but, now=now):
        act_when_due(work, each, tools=tools, now=now)


def end_open(work: Work, person_id: UUID, *, reason: Leaving, tools: Tools, now: datetime) -> None:
    for each in store.requests.open_of(work, tools.master, person_id):
        by_patient = each.patient_id == person_id
        if by_patient or each.professional_id == person_id:
            after, events = ending.end_of_leaving(each, reason=reason, by_patient=by_patient, now=now)
        else:
            after, events = answering.withdraw(each, now=now)
        save(work, each, after, events, tools=tools)


def leave_practice(
    work: Work, professional_id: UUID, practice_id: UUID, *, tools: Tools, now: datetime
) -> None:
    for each in store.requests.open_at_practice(work, tools.master, professional_id, practice_id):
        if each.professional_id == professional_id:
            after, events = ending.leave_clinic(each, now=now)
        else:
            after, events = answering.withdraw(each, now=now)
        save(work, each, after, events, tools=tools)


def act_when_due(work: Work, before: Request, *, tools: Tools, now: datetime) -> None:
    """Write what time alone makes of a request: it expires, its proposal expires, or it completes."""
    after, events = ending.act_of_time(before, timing=tools.timing, now=now)
    if after == before:  # the operator has settled other times since: it is due later
        store.requests.save(work, tools.master, after, due_at=ending.due_at(after, tools.timing))
    save(work, before, after, events, tools=tools)
