"""Moves of a request to another time: at once, or as a proposal to the other side (`domain.moving`)."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import decision, limits, moving, request, submission
from services.requests.domain.request import Request
from services.requests.operations import access, availability, lookups, views, writing
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import RequestView, RescheduleRequest
from shared.contracts.requests.values import Side
from shared.db import Unit, Work


@handles(RescheduleRequest, ProposeTime)
def move(
    unit: Unit, command: RescheduleRequest | ProposeTime, *, tools: Tools, access_id: UUID, now: datetime
) -> RequestView:
    """Move a request, or propose the move. A repeated command changes nothing."""
    preview = isinstance(command, RescheduleRequest) and command.preview
    with unit.rehearsal() if preview else unit() as work:
        before, side = lookups.request_to_decide(work, command, tools=tools)
        if preview:
            decision.refuse_preview(side)
        after = before
        if not moving.is_done(before, command, by=side):
            after = _moved(work, before, command, side=side, tools=tools, now=now)
        access.log_access(work, [after], by=command.by, role=command.role, access_id=access_id, now=now)
    return views.request_view(after, costs=decision.costs(before, after) if preview else None)


def _moved(
    work: Work,
    before: Request,
    command: RescheduleRequest | ProposeTime,
    *,
    side: Side,
    tools: Tools,
    now: datetime,
) -> Request:
    """Return the request as it is saved with its new time, or with a proposal."""
    request.refuse_stale(before, version=command.version, now=now)
    submission.refuse_unverified(before)
    wanted = availability.target_slot(work, before, command, side=side, now=now)
    if side == "patient":
        history = store.limits.history(work, before.counted_by, now=now)
        limits.refuse_given_up(
            history,
            wanted.slot.interval,
            professional_id=before.professional_id,
            bounds=tools.bounds,
            now=now,
        )
    target = moving.target(command, wanted)
    if isinstance(command, ProposeTime):
        after, events = moving.propose(before, command, target, by=side, now=now)
    else:
        after, events = moving.reschedule(before, command, target, by=side, timing=tools.timing, now=now)
    writing.refuse_full_day(work, wanted, of=before.id, tools=tools, now=now)
    if not writing.save(work, before, after, events, tools=tools):
        writing.take(work, after, wanted, before=before, tools=tools, now=now)
        work.publish(*events)
    return after
