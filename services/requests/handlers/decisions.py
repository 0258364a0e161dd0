"""Decisions of both sides on a request, each on the version that the caller has seen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.requests import store
from services.requests.domain import (
    access_log,
    answering,
    decision,
    follow_ups,
    limits,
    moving,
    policy,
    request,
    submission,
)
from services.requests.domain.answering import Reply
from services.requests.domain.moving import Target, Wish
from services.requests.domain.request import Request
from services.requests.operations.access import side_on
from services.requests.operations.availability import Wanted, handed_to, target_slot
from services.requests.operations.lookups import known_request
from services.requests.operations.views import request_view
from services.requests.operations.writing import refuse_full_day, save, take
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.base import Event, Money
from shared.contracts.requests import refusals
from shared.contracts.requests.proposals import (
    AcceptProposal,
    AnswerFollowUp,
    AskFollowUp,
    DeclineProposal,
    ProposeTime,
    WithdrawProposal,
)
from shared.contracts.requests.requests import (
    BatchDecision,
    BatchResult,
    BatchView,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DecideBatch,
    DeclineRequest,
    RequestView,
    RescheduleRequest,
    UndoCompletion,
)
from shared.contracts.requests.values import Side
from shared.db import Unit, Work

Decision = (
    ConfirmRequest
    | DeclineRequest
    | CancelRequest
    | CompleteRequest
    | UndoCompletion
    | AcceptProposal
    | DeclineProposal
    | WithdrawProposal
    | AskFollowUp
    | AnswerFollowUp
)
"""Changes for which the request, and the policy of its practice, is all that must be known."""
Change = Decision | RescheduleRequest | ProposeTime
Outcome = tuple[Request, list[Event]]


@handles(
    ConfirmRequest,
    DeclineRequest,
    CancelRequest,
    CompleteRequest,
    UndoCompletion,
    AcceptProposal,
    DeclineProposal,
    WithdrawProposal,
    AskFollowUp,
    AnswerFollowUp,
)
def decide(unit: Unit, command: Decision, *, tools: Tools, access_id: UUID, now: datetime) -> RequestView:
    """Apply a decision. The answer shows the request, so the access log gets an entry, `access_id`."""
    preview = isinstance(command, CancelRequest) and command.preview
    with unit.rehearsal() if preview else unit() as work:
        before, side = _found(work, command, tools=tools)
        _refuse_preview(preview, side)
        after, events = _decided(work, before, command, side=side, tools=tools, now=now)
        if not save(work, before, after, events, tools=tools):
            raise _lost_its_time()
        work.publish(
            *access_log.entries([after], by=command.by, role=command.role, access_id=access_id, now=now)
        )
    return request_view(after, costs=_costs(before, after) if preview else None)


@handles(RescheduleRequest, ProposeTime)
def move(
    unit: Unit,
    command: RescheduleRequest | ProposeTime,
    *,
    tools: Tools,
    access_id: UUID,
    now: datetime,
) -> RequestView:
    """To another time: at once, or as a proposal."""
    preview = isinstance(command, RescheduleRequest) and command.preview
    with unit.rehearsal() if preview else unit() as work:
        before, side = _found(work, command, tools=tools)
        _refuse_preview(preview, side)
        after, events = before, list[Event]()
        if not moving.is_done(
            before,
            by=side,
            version=command.version,
            starts_at=command.starts_at,
            location_id=command.location_id,
            professional_id=command.professional_id if isinstance(command, ProposeTime) else None,
        ):
            request.refuse_stale(before, version=command.version, now=now)
            submission.refuse_unverified(before)
            offered, offer, slot = target_slot(work, before, command, side=side, now=now)
            if side == "patient":
                history = store.limits.history(work, before.counted_by, now=now)
                limits.refuse_given_up(
                    history, slot.visit, professional_id=before.professional_id, bounds=tools.bounds, now=now
                )
            target = Target(
                slot=slot,
                held=offer.service.held(slot.visit),
                lead=offer.booking.lead,
                handed_to=handed_to(command, offer),
            )
            after, events = _moved(before, command, target, side=side, tools=tools, now=now)
            refuse_full_day(work, offer, slot, of=before.id, tools=tools, now=now)
            if not save(work, before, after, events, tools=tools):
                take(work, after, Wanted(offered, slot), before=before, tools=tools, now=now)
                work.publish(*events)
        work.publish(
            *access_log.entries([after], by=command.by, role=command.role, access_id=access_id, now=now)
        )
    return request_view(after, costs=_costs(before, after) if preview else None)


@handles(DecideBatch)
def decide_batch(
    unit: Unit, command: DecideBatch, *, tools: Tools, new_uuid: Callable[[], UUID], now: datetime
) -> BatchView:
    """Each in a transaction of its own."""
    results = []
    for each in command.decisions:
        try:
            decided = decide(unit, _single(command, each), tools=tools, access_id=new_uuid(), now=now)
            results.append(BatchResult(request_id=each.request_id, request=decided))
        except refusals.Refused as refusal:
            results.append(BatchResult(request_id=each.request_id, code=refusal.code, detail=refusal.detail))
    return BatchView(results=results)


def _single(command: DecideBatch, each: BatchDecision) -> ConfirmRequest | DeclineRequest:
    fields: dict[str, Any] = {
        "request_id": each.request_id,
        "by": command.by,
        "role": command.role,
        "version": each.version,
    }
    if each.decision == "confirm":
        return ConfirmRequest(**fields)
    return DeclineRequest(**fields, reason=each.reason, words=each.words)


def _decided(
    work: Work, before: Request, command: Decision, *, side: Side, tools: Tools, now: datetime
) -> Outcome:
    seen: dict[str, Any] = {"by": side, "version": command.version, "now": now}
    match command:
        case ConfirmRequest():
            rules = store.policies.policy_of(work, before.practice_id)
            return decision.confirm(before, **seen, rules=rules)
        case DeclineRequest():
            return decision.decline(before, **seen, reason=command.reason, note=command.words)
        case CancelRequest():
            return decision.cancel(before, **seen, accepted=command.accept_fee, preview=command.preview)
        case CompleteRequest():
            return decision.complete(before, **seen, outcome=command.outcome)
        case UndoCompletion():
            return decision.undo(before, **seen)
        case AskFollowUp():
            return follow_ups.ask(before, command.follow_up_id, command.question, **seen)
        case AnswerFollowUp():
            return follow_ups.answer(before, command.follow_up_id, command.words, **seen)
        case _:
            rules = store.policies.policy_of(work, before.practice_id)
            reply = Reply(
                verb=_ANSWERS[type(command)],
                proposal_id=command.proposal_id,
                by=side,
                version=command.version,
            )
            return answering.answer(before, reply, rules=rules, timing=tools.timing, now=now)


_ANSWERS: dict[type, Any] = {
    AcceptProposal: "accept",
    DeclineProposal: "decline",
    WithdrawProposal: "withdraw",
}


def _moved(
    before: Request,
    command: RescheduleRequest | ProposeTime,
    target: Target,
    *,
    side: Side,
    tools: Tools,
    now: datetime,
) -> Outcome:
    if isinstance(command, ProposeTime):
        return moving.propose(before, target, by=side, version=command.version, now=now)
    wish = Wish(by=side, version=command.version, accepted=command.accept_fee, preview=command.preview)
    return moving.reschedule(before, wish, target, timing=tools.timing, now=now)


def _found(work: Work, command: Change, *, tools: Tools) -> tuple[Request, Side]:
    """Return the request, locked, and the caller's side. Refuses `unknown_request` and `not_yours`."""
    found = known_request(work, command.request_id, tools=tools, to_change=True)
    return found, side_on(work, found, by=command.by, role=command.role)


def _costs(before: Request, after: Request) -> Money | None:
    """Return the fee that the patient has to accept, at once or when the practice accepts the proposal."""
    if after.open_proposal and after.open_proposal != before.open_proposal:
        return after.open_proposal.fee
    return policy.added(before.fee, after.fee)


def _refuse_preview(preview: bool, side: Side) -> None:
    """A look that leaves no trace is for one's own visits. Refuses `not_allowed`."""
    if preview and side != "patient":
        raise refusals.NotAllowed("Only patients owe fees. Leave preview out.", field="preview")


def _lost_its_time() -> refusals.Refused:
    return refusals.SlotTaken()
