"""Moves that nobody asked for: what is written when time passes, or when somebody leaves."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import answering, ending
from services.requests.domain.ending import Leaving
from services.requests.domain.interval import Interval
from services.requests.domain.request import Request, Timing
from services.requests.handlers.tools import Tools
from shared.bus import every
from shared.contracts.base import Event
from shared.db import Unit, Work

_AT_ONCE = 100


def keep(work: Work, before: Request, after: Request, events: Collection[Event], *, tools: Tools) -> bool:
    """Write what became of it; False where somebody else has the time it holds now."""
    if after != before:
        store.visits.save(work, tools.master, after, due_at=ending.due_at(after, tools.timing))
        if after.holds != before.holds and not store.holds.take(work, after, before=before):
            return False
    work.publish(*events)
    return True


@every(1)
def wake(unit: Unit, *, tools: Tools, now: datetime) -> int:
    """Do what is due by itself; for how many requests. Safe with several processes, however late."""
    with unit() as work:
        late = store.visits.due(work, tools.master, now=now, limit=_AT_ONCE)
        for each in late:
            _wake(work, each, tools=tools, now=now)
    return len(late)


def free_what_is_due(
    work: Work,
    professional_id: UUID,
    intervals: Collection[Interval],
    *,
    but: UUID,
    tools: Tools,
    now: datetime,
) -> None:
    """End what holds a part of these times though its own time has passed; not the request `but`."""
    for each in store.visits.due_in(work, tools.master, professional_id, intervals, but=but, now=now):
        _wake(work, each, tools=tools, now=now)


def end_open(work: Work, person_id: UUID, *, reason: Leaving, tools: Tools, now: datetime) -> None:
    for each in store.visits.open_of(work, tools.master, person_id):
        by_patient = each.patient_id == person_id
        if by_patient or each.professional_id == person_id:
            after, events = ending.end_of_leaving(each, reason=reason, by_patient=by_patient, now=now)
        else:
            after, events = answering.withdraw(each, now=now)
        keep(work, each, after, events, tools=tools)


def leave_practice(
    work: Work, professional_id: UUID, practice_id: UUID, *, tools: Tools, now: datetime
) -> None:
    for each in store.visits.open_at_practice(work, tools.master, professional_id, practice_id):
        if each.professional_id == professional_id:
            after, events = ending.leave_clinic(each, now=now)
        else:
            after, events = answering.withdraw(each, now=now)
        keep(work, each, after, events, tools=tools)


def _wake(work: Work, before: Request, *, tools: Tools, now: datetime) -> None:
    after, events = _by_itself(before, timing=tools.timing, now=now)
    if after == before:  # the operator has settled other times since: it is due later
        store.visits.save(work, tools.master, after, due_at=ending.due_at(after, tools.timing))
    keep(work, before, after, events, tools=tools)


def _by_itself(before: Request, *, timing: Timing, now: datetime) -> tuple[Request, list[Event]]:
    after, events = ending.expire(before, now=now)
    after, more = answering.expire_proposal(after, now=now)
    after, ends = ending.end_unstaffed(after, now=now)
    after, last = ending.complete_by_itself(after, timing=timing, now=now)
    return after, [*events, *more, *ends, *last]
