"""Decisions of both sides on a request, each on the version that the caller has seen.

Moves to another time live in `moves`, rules in `domain.decision`, `domain.answering` and `domain.follow_ups`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from services.requests import store
from services.requests.domain import answering, decision, follow_ups
from services.requests.domain.request import Request
from services.requests.operations import access, lookups, views, writing
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.base import Event
from shared.contracts.requests import proposals, refusals, requests
from shared.contracts.requests.values import Side
from shared.db import Unit, Work

Decision = (
    requests.ConfirmRequest
    | requests.DeclineRequest
    | requests.CancelRequest
    | requests.CompleteRequest
    | requests.UndoCompletion
    | proposals.AcceptProposal
    | proposals.DeclineProposal
    | proposals.WithdrawProposal
    | proposals.AskFollowUp
    | proposals.AnswerFollowUp
)
"""Changes for which the request, and the policy of its practice, is all that must be known."""


@handles(*get_args(Decision))
def decide(
    unit: Unit, command: Decision, *, tools: Tools, access_id: UUID, now: datetime
) -> requests.RequestView:
    """Apply a decision. The answer shows the request, so the access log gets an entry, `access_id`."""
    preview = isinstance(command, requests.CancelRequest) and command.preview
    with unit.rehearsal() if preview else unit() as work:
        before, side = lookups.request_to_decide(work, command, tools=tools)
        if preview:
            decision.refuse_preview(side)
        after, events = _decided(work, before, command, side=side, tools=tools, now=now)
        if not writing.save(work, before, after, events, tools=tools):
            raise refusals.SlotTaken()
        access.log_access(work, [after], by=command.by, role=command.role, access_id=access_id, now=now)
    return views.request_view(after, costs=decision.costs(before, after) if preview else None)


@handles(requests.DecideBatch)
def decide_batch(
    unit: Unit, command: requests.DecideBatch, *, tools: Tools, new_uuid: Callable[[], UUID], now: datetime
) -> requests.BatchResults:
    """Confirm or decline several requests, each in a transaction of its own."""
    results = []
    for each in command.decisions:
        try:
            decided = decide(unit, _single(command, each), tools=tools, access_id=new_uuid(), now=now)
            results.append(requests.BatchResult(request_id=each.request_id, request=decided))
        except refusals.Refused as refusal:
            results.append(
                requests.BatchResult(request_id=each.request_id, code=refusal.code, detail=refusal.detail)
            )
    return requests.BatchResults(results=results)


def _single(
    command: requests.DecideBatch, each: requests.BatchDecision
) -> requests.ConfirmRequest | requests.DeclineRequest:
    fields: dict[str, Any] = {"request_id": each.request_id, "version": each.version}
    fields |= {"by": command.by, "role": command.role}
    if each.decision == "confirm":
        return requests.ConfirmRequest(**fields)
    return requests.DeclineRequest(**fields, reason=each.reason, words=each.words)


def _decided(
    work: Work, before: Request, command: Decision, *, side: Side, tools: Tools, now: datetime
) -> tuple[Request, list[Event]]:
    seen: dict[str, Any] = {"by": side, "version": command.version, "now": now}
    match command:
        case requests.ConfirmRequest():
            rules = store.policies.policy_of(work, before.practice_id)
            return decision.confirm(before, **seen, rules=rules)
        case requests.DeclineRequest():
            return decision.decline(before, **seen, reason=command.reason, note=command.words)
        case requests.CancelRequest():
            return decision.cancel(before, **seen, accepted=command.accept_fee, preview=command.preview)
        case requests.CompleteRequest():
            return decision.complete(before, **seen, outcome=command.outcome)
        case requests.UndoCompletion():
            return decision.undo(before, **seen)
        case proposals.AskFollowUp():
            return follow_ups.ask(before, command.follow_up_id, command.question, **seen)
        case proposals.AnswerFollowUp():
            return follow_ups.answer(before, command.follow_up_id, command.words, **seen)
        case _:
            rules = store.policies.policy_of(work, before.practice_id)
            return answering.answer(before, command, by=side, rules=rules, timing=tools.timing, now=now)
