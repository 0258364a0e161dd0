"""Endings that nobody decides: time passes, or a person leaves.

Decisions of the two sides live in `decision`. `due_at` names the instant at which `act_of_time` changes a
request, and acting late, or twice, gives the same result.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.requests.domain import answering, decision, policy
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.request import Request, Timing, completed, event_of, is_overdue, move
from shared.contracts.base import Event, Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestUnstaffed

Leaving = Literal["account_closed", "account_erased", "professional_left"]
"""The reasons of a cancellation that nobody decided."""


def due_at(request: Request, timing: Timing) -> datetime | None:
    """Return the next instant at which time changes the request, in UTC; None: it never does."""
    dues = [request.open_proposal.expires_at] if request.open_proposal else []
    if request.status == "pending":
        dues.append(request.expires_at)
    if request.unstaffed and request.status in OPEN:
        dues.append(request.starts_at)
    elif request.status == "confirmed":
        dues.append(_completes_at(request, timing))
    return min(dues, default=None)


def act_of_time(before: Request, *, timing: Timing, now: datetime) -> tuple[Request, list[Event]]:
    """Return what time alone makes of a request: it expires, its proposal expires, or it completes."""
    after, events = expire(before, now=now)
    after, more = answering.expire_proposal(after, now=now)
    after, ends = end_unstaffed(after, now=now)
    after, last = complete_by_itself(after, timing=timing, now=now)
    return after, [*events, *more, *ends, *last]


def complete_by_itself(request: Request, *, timing: Timing, now: datetime) -> tuple[Request, list[Event]]:
    """Complete a confirmed request as attended once `complete_after` has passed since its end."""
    if request.unstaffed or request.status != "confirmed" or now < _completes_at(request, timing):
        return request, []
    return completed(request, by="system", outcome="attended", now=now)


def expire(request: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Expire an overdue request; any other stays as it is."""
    if not is_overdue(request, now=now):
        return request, []
    return move(request, "expire", by="system", now=now)


def leave_clinic(request: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Mark a future request as unstaffed, as its professional leaves the clinic; it stays the clinic's.

    An open proposal is withdrawn. A request whose appointment has begun stays the professional's.
    """
    if is_overdue(request, now=now):
        return expire(request, now=now)
    if request.status not in OPEN or request.unstaffed or request.starts_at <= now:
        return request, []
    if not request.verified:
        return move(request, "cancel", by="system", now=now, reason="professional_left")
    after, events = answering.withdraw(request, now=now)
    after = replace(after, version=after.version + 1, unstaffed=True)
    return after, [*events, event_of(RequestUnstaffed, after, by="system", now=now)]


def end_unstaffed(request: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Cancel an unstaffed request at its start."""
    if not request.unstaffed or request.status not in OPEN or now < request.starts_at:
        return request, []
    return move(request, "cancel", by="system", now=now, reason="professional_left")


def end_of_leaving(
    request: Request, *, reason: Leaving, by_patient: bool = False, now: datetime
) -> tuple[Request, list[Event]]:
    """Cancel an open request because one of its two people leaves; one that is over stays as it is.

    A confirmed appointment that has begun is cancelled too, until it ends: no person decides this, so it
    never refuses `too_late`. If the patient leaves (`by_patient`), they owe the fee that cancelling costs
    now.
    """
    if is_overdue(request, now=now):
        return expire(request, now=now)
    if request.status in OPEN and now < request.ends_at:
        fee = _fee_of_leaving(request, now=now) if by_patient else None
        after, events = move(request, "cancel", by="system", now=now, reason=reason, fee=fee)
        return replace(after, fee=policy.owed(request.fee, fee)), events
    return request, []


def _fee_of_leaving(request: Request, *, now: datetime) -> Money | None:
    """Return what cancelling costs now; None where that is refused, as no fee was promised.

    None as well while the confirmation is news to the patient.
    """
    if decision.is_news(request, now=now):
        return None
    try:
        return decision.cancel_fee(request, by="patient", now=now)
    except Refused:
        return None


def _completes_at(request: Request, timing: Timing) -> datetime:
    """Return the instant of automatic completion; undoing a completion starts the same time again."""
    return max(request.ends_at, request.reopened_at or request.ends_at) + timing.complete_after
