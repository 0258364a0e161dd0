"""Decisions about a request: confirm, decline, cancel, complete, and undo a completion.

Moving to another time lives in `moving`; endings that nobody decides live in `ending`. Every decision goes
through `request.check`: it counts on the version that its side has seen, and repeating it changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.requests.domain import policy, request
from services.requests.domain.policy import Policy
from services.requests.domain.request import Request
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.values import DeclineReason, Outcome, Side

SECOND_THOUGHTS = timedelta(minutes=2)
"""A patient who cancels so soon after the confirmation is not held to its terms: they saw it pending."""
UNDO_WITHIN = timedelta(minutes=10)
"""The time in which a completion can be undone."""


def confirm(
    before: Request, *, by: Side, version: int, rules: Policy, now: datetime
) -> tuple[Request, list[Event]]:
    """Confirm the request; the terms of `rules` are promised from now on. Refuses as `check` does."""
    if not request.check(before, "confirm", by=by, version=version, now=now):
        return before, []
    request.refuse_unstaffed(before)
    after, events = request.move(before, "confirm", by=by, now=now)
    return request.confirmed(after, rules, by=by, now=now), events


def decline(
    before: Request, *, by: Side, version: int, reason: DeclineReason, note: str, now: datetime
) -> tuple[Request, list[Event]]:
    """Decline the request. Refuses as `check` does, and `stale_version` if it was declined for another
    reason."""
    if not request.check(before, "decline", by=by, version=version, now=now):
        if (before.decline_reason, before.notes.decline) != (reason, note):
            raise request.stale(before)
        return before, []
    after, events = request.move(before, "decline", by=by, now=now, reason=reason)
    return replace(after, decline_reason=reason, notes=replace(after.notes, decline=note)), events


def cancel(
    before: Request, *, by: Side, version: int, accepted: Money | None, preview: bool, now: datetime
) -> tuple[Request, list[Event]]:
    """Cancel the request; a patient is held to the terms of a confirmed one. `preview` accepts any fee.

    Refuses as `check` does, `too_late` once it has started, and as `policy.fee_for` and
    `policy.refuse_surprise` do.
    """
    if by == "patient" and before.version == version + 1 and is_news(before, now=now):
        version, request_fee = before.version, None
    elif not request.check(before, "cancel", by=by, version=version, now=now):
        return before, []
    else:
        _refuse_started(before, now=now)
        request_fee = cancel_fee(before, by=by, now=now)
        if not preview:
            policy.refuse_surprise(request_fee, accepted=accepted)
    left = {"reason": "professional_left"} if before.unstaffed else {}
    after, events = request.move(before, "cancel", by=by, now=now, fee=request_fee, **left)
    return replace(after, fee=policy.owed(before.fee, request_fee)), events


def cancel_fee(before: Request, *, by: Side, now: datetime) -> Money | None:
    """Return what cancelling now costs that side: nothing if the professional has left.

    Refuses as `policy.fee_for` does.
    """
    if before.unstaffed:
        return None
    if by == "patient" and before.status == "confirmed" and before.terms:
        return policy.fee_for(
            "cancel",
            before.terms.cancel,
            professional_id=before.professional_id,
            starts_at=before.starts_at,
            now=now,
        )
    return None


def is_news(before: Request, *, now: datetime) -> bool:
    """Return whether the practice confirmed it a moment ago, so that the patient may not know."""
    return (
        before.status == "confirmed"
        and before.confirmed_by == "professional"
        and before.version == before.confirmed_version
        and before.confirmed_at is not None
        and now < min(before.confirmed_at + SECOND_THOUGHTS, before.starts_at)
    )


def complete(
    before: Request, *, by: Side, version: int, outcome: Outcome, now: datetime
) -> tuple[Request, list[Event]]:
    """Complete the request with its outcome. Refuses as `check` does, and `too_early` before it has
    started."""
    if not request.check(before, "complete", by=by, version=version, now=now):
        if before.outcome != outcome:
            raise request.stale(before)
        return before, []
    request.refuse_unstaffed(before)
    if now < before.starts_at:
        raise refusals.TooEarly("You can complete a visit once it has started.")
    return request.completed(before, by=by, outcome=outcome, now=now)


def undo(before: Request, *, by: Side, version: int, now: datetime) -> tuple[Request, list[Event]]:
    """Undo a completion. Refuses as `check` does, and `too_late` after `UNDO_WITHIN`."""
    if not request.check(before, "undo", by=by, version=version, now=now):
        return before, []
    if before.ended_at is None or now > before.ended_at + UNDO_WITHIN:
        detail = "You can undo a completion within ten minutes only."
        raise refusals.TooLate(detail, **request.now_at(before))
    after, events = request.move(before, "undo", by=by, now=now)
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


def _refuse_started(before: Request, *, now: datetime) -> None:
    if before.status == "confirmed" and now >= before.starts_at:
        detail = "The visit has started. It can no longer be cancelled."
        raise refusals.TooLate(detail, **request.now_at(before))
