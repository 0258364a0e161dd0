"""Decisions about a request: confirm, decline, cancel, complete, and undo a completion.

Moving to another time lives in `moving`; endings that nobody decides live in `ending`. Every decision goes
through `request.check`: it counts on the version that its side has seen, and repeating it changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.requests.domain import policy
from services.requests.domain.policy import Policy
from services.requests.domain.request import (
    Request,
    check,
    completed,
    confirmed,
    move,
    now_at,
    refuse_unstaffed,
    stale,
)
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.values import DeclineReason, Outcome, Side

SECOND_THOUGHTS = timedelta(minutes=2)
"""A patient who cancels so soon after the confirmation is not held to its terms: they saw it pending."""
UNDO_WITHIN = timedelta(minutes=10)
"""The time in which a completion can be undone."""


def confirm(
    request: Request, *, by: Side, version: int, rules: Policy, now: datetime
) -> tuple[Request, list[Event]]:
    """Confirm the request; the terms of `rules` are promised from now on. Refuses as `check` does."""
    if not check(request, "confirm", by=by, version=version, now=now):
        return request, []
    refuse_unstaffed(request)
    after, events = move(request, "confirm", by=by, now=now)
    return confirmed(after, rules, by=by, now=now), events


def decline(
    request: Request, *, by: Side, version: int, reason: DeclineReason, note: str, now: datetime
) -> tuple[Request, list[Event]]:
    """Decline the request. Refuses as `check` does, and `stale_version` if it was declined for another
    reason."""
    if not check(request, "decline", by=by, version=version, now=now):
        if (request.decline_reason, request.notes.decline) != (reason, note):
            raise stale(request)
        return request, []
    after, events = move(request, "decline", by=by, now=now, reason=reason)
    return replace(after, decline_reason=reason, notes=replace(after.notes, decline=note)), events


def cancel(
    request: Request, *, by: Side, version: int, accepted: Money | None, preview: bool, now: datetime
) -> tuple[Request, list[Event]]:
    """Cancel the request; a patient is held to the terms of a confirmed one. `preview` accepts any fee.

    Refuses as `check` does, `too_late` once it has started, and as `policy.fee_for` and
    `policy.refuse_surprise` do.
    """
    if by == "patient" and request.version == version + 1 and is_news(request, now=now):
        version, request_fee = request.version, None
    elif not check(request, "cancel", by=by, version=version, now=now):
        return request, []
    else:
        _refuse_started(request, now=now)
        request_fee = cancel_fee(request, by=by, now=now)
        if not preview:
            policy.refuse_surprise(request_fee, accepted=accepted)
    left = {"reason": "professional_left"} if request.unstaffed else {}
    after, events = move(request, "cancel", by=by, now=now, fee=request_fee, **left)
    return replace(after, fee=policy.owed(request.fee, request_fee)), events


def cancel_fee(request: Request, *, by: Side, now: datetime) -> Money | None:
    """Return what cancelling now costs that side: nothing if the professional has left.

    Refuses as `policy.fee_for` does.
    """
    if request.unstaffed:
        return None
    if by == "patient" and request.status == "confirmed" and request.terms:
        return policy.fee_for(
            "cancel",
            request.terms.cancel,
            professional_id=request.professional_id,
            starts_at=request.starts_at,
            now=now,
        )
    return None


def is_news(request: Request, *, now: datetime) -> bool:
    """Return whether the practice confirmed it a moment ago, so that the patient may not know."""
    return (
        request.status == "confirmed"
        and request.confirmed_by == "professional"
        and request.version == request.confirmed_version
        and request.confirmed_at is not None
        and now < min(request.confirmed_at + SECOND_THOUGHTS, request.starts_at)
    )


def complete(
    request: Request, *, by: Side, version: int, outcome: Outcome, now: datetime
) -> tuple[Request, list[Event]]:
    """Complete the request with its outcome. Refuses as `check` does, and `too_early` before it has
    started."""
    if not check(request, "complete", by=by, version=version, now=now):
        if request.outcome != outcome:
            raise stale(request)
        return request, []
    refuse_unstaffed(request)
    if now < request.starts_at:
        raise refusals.TooEarly()
    return completed(request, by=by, outcome=outcome, now=now)


def undo(request: Request, *, by: Side, version: int, now: datetime) -> tuple[Request, list[Event]]:
    """Undo a completion. Refuses as `check` does, and `too_late` after `UNDO_WITHIN`."""
    if not check(request, "undo", by=by, version=version, now=now):
        return request, []
    if request.ended_at is None or now > request.ended_at + UNDO_WITHIN:
        detail = "You can undo a completion within ten minutes only."
        raise refusals.TooLate(detail, **now_at(request))
    after, events = move(request, "undo", by=by, now=now)
    return replace(after, outcome=None, ended_at=None, reopened_at=now), events


def refuse_preview(by: Side) -> None:
    """Refuse a preview, which shows a fee, to all but patients. Refuses `not_allowed`."""
    if by != "patient":
        raise refusals.NotAllowed("Only patients owe fees. Leave preview out.", field="preview")


def costs(before: Request, after: Request) -> Money | None:
    """Return the fee that the patient has to accept, at once or when the practice accepts the proposal."""
    if after.open_proposal and after.open_proposal != before.open_proposal:
        return after.open_proposal.fee
    return policy.added(before.fee, after.fee)


def _refuse_started(request: Request, *, now: datetime) -> None:
    if request.status == "confirmed" and now >= request.starts_at:
        detail = "The visit has started. It can no longer be cancelled."
        raise refusals.TooLate(detail, **now_at(request))
