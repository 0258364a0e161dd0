"""Decisions of both sides on a request, each on the version that the caller has seen.

Moves to another time live in `moves`, rules in `domain.decision`, `domain.answering` and `domain.follow_ups`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.requests import store
from services.requests.domain import answering, decision, follow_ups
from services.requests.domain.request import Request
from services.requests.operations.access import log_access
from services.requests.operations.lookups import request_to_decide
from services.requests.operations.views import request_view
from services.requests.operations.writing import save
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.contracts.requests.proposals import (
    AcceptProposal,
    AnswerFollowUp,
    AskFollowUp,
    DeclineProposal,
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
        before, side = request_to_decide(work, command, tools=tools)
        if preview:
            decision.refuse_preview(side)
        after, events = _decided(work, before, command, side=side, tools=tools, now=now)
        if not save(work, before, after, events, tools=tools):
            raise refusals.SlotTaken()
        log_access(work, [after], by=command.by, role=command.role, access_id=access_id, now=now)
    return request_view(after, costs=decision.costs(before, after) if preview else None)


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
) -> tuple[Request, list[Event]]:
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
            return answering.answer(before, command, by=side, rules=rules, timing=tools.timing, now=now)
