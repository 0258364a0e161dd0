"""Decisions of both sides on a request, each on the version that the caller has seen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import ForOneVisit, PatientOfVisit, Practice
from gateway.bus import Bus
from gateway.decisions import decided
from gateway.fields import Body, IdempotencyKey, NewMoney, Version, new_id
from gateway.people import with_numbers
from gateway.problems.description import documented
from shared.contracts.requests import proposals, requests
from shared.contracts.requests.values import Note, Outcome

router = APIRouter(prefix="/v1/requests", tags=["requests"])


Preview = Annotated[
    bool, Query(description="For patients: answer with what would come of it, and change nothing.")
]
AcceptFee = Annotated[
    NewMoney | None, Field(None, description="What it `costs`, as the preview said; else it is refused.")
]


class RequestDecision(Body):
    version: Version


class RequestDecline(requests.Decline, RequestDecision, extra="forbid"):
    pass


class RequestCancellation(RequestDecision):
    accept_fee: AcceptFee = None


class RequestRescheduling(requests.OtherTime, RequestDecision, extra="forbid"):
    accept_fee: AcceptFee = None


class NewProposal(proposals.ProposalDraft, RequestDecision, extra="forbid"):
    pass


class RequestCompletion(RequestDecision):
    outcome: Outcome = "attended"


class FollowUpQuestion(RequestDecision):
    question: Annotated[Note, Field(min_length=1, examples=["Since when do you have it?"])]


class FollowUpAnswer(RequestDecision):
    answer: Annotated[Note, Field(min_length=1)]


class BatchDecision(requests.BatchDecision, Body):
    pass


class DecisionBatch(Body):
    decisions: Annotated[list[BatchDecision], Field(min_length=1, max_length=50)]


@router.post("/decisions", responses=documented(requests.DecideBatch))
async def decide_requests(body: DecisionBatch, caller: Practice, bus: Bus) -> requests.BatchResults:
    """Confirm and decline several requests. Each stands for itself: one that is refused stops no other."""
    return await bus.call(requests.DecideBatch.of(body, by=caller.id, role=caller.role))


@router.post("/{request_id}/confirm", responses=documented(requests.ConfirmRequest))
async def confirm_request(
    request_id: UUID, body: RequestDecision, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Accept a request: only now the visit is confirmed."""
    return await bus.call(requests.ConfirmRequest.of(body, **decided(request_id, caller)))


@router.post("/{request_id}/decline", responses=documented(requests.DeclineRequest))
async def decline_request(
    request_id: UUID, body: RequestDecline, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Turn a request down; its time is free again."""
    return await bus.call(requests.DeclineRequest.of(body, **decided(request_id, caller)))


@router.post(
    "/{request_id}/cancel",
    responses=documented(requests.CancelRequest),
)
async def cancel_request(
    request_id: UUID, body: RequestCancellation, caller: ForOneVisit, bus: Bus, preview: Preview = False
) -> requests.RequestView:
    """Call a visit off, as patient or as practice; its time is free again.

    A confirmed visit follows the terms that were promised: after the window a patient meets numbers to call,
    a fee, or a no.
    """
    return await with_numbers(
        bus, requests.CancelRequest.of(body, **decided(request_id, caller), preview=preview)
    )


@router.post(
    "/{request_id}/reschedule",
    responses=documented(requests.RescheduleRequest),
)
async def reschedule_request(
    request_id: UUID, body: RequestRescheduling, caller: ForOneVisit, bus: Bus, preview: Preview = False
) -> requests.RequestView:
    """Move a visit to another free time; where the practice reviews that, it becomes a proposal.

    The practice moves a confirmed visit as it has agreed with the patient.
    """
    return await with_numbers(
        bus, requests.RescheduleRequest.of(body, **decided(request_id, caller), preview=preview)
    )


@router.post(
    "/{request_id}/complete",
    responses=documented(requests.CompleteRequest),
)
async def complete_request(
    request_id: UUID, body: RequestCompletion, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Mark a visit complete, once it has started; or that the patient did not come."""
    return await bus.call(requests.CompleteRequest.of(body, **decided(request_id, caller)))


@router.post("/{request_id}/undo", responses=documented(requests.UndoCompletion))
async def undo_completion(
    request_id: UUID, body: RequestDecision, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Take a completion back, within ten minutes."""
    return await bus.call(requests.UndoCompletion.of(body, **decided(request_id, caller)))


@router.post(
    "/{request_id}/proposals",
    responses=documented(proposals.ProposeTime),
)
async def propose_time(
    request_id: UUID, body: NewProposal, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Hold another time for the patient, until they have answered.

    A visit whose professional has left the clinic is handed over with it, to another professional. Its price
    and its terms stay.
    """
    return await bus.call(proposals.ProposeTime.of(body, **decided(request_id, caller)))


@router.post("/{request_id}/proposals/{proposal_id}/accept", responses=documented(proposals.AcceptProposal))
async def accept_proposal(
    request_id: UUID, proposal_id: UUID, body: RequestDecision, caller: ForOneVisit, bus: Bus
) -> requests.RequestView:
    """Take the time that the other side proposed: the visit moves there, and is confirmed."""
    return await bus.call(
        proposals.AcceptProposal.of(body, **decided(request_id, caller), proposal_id=proposal_id)
    )


@router.post("/{request_id}/proposals/{proposal_id}/decline", responses=documented(proposals.DeclineProposal))
async def decline_proposal(
    request_id: UUID, proposal_id: UUID, body: RequestDecision, caller: ForOneVisit, bus: Bus
) -> requests.RequestView:
    """Leave the visit as it was."""
    return await bus.call(
        proposals.DeclineProposal.of(body, **decided(request_id, caller), proposal_id=proposal_id)
    )


@router.post(
    "/{request_id}/proposals/{proposal_id}/withdraw", responses=documented(proposals.WithdrawProposal)
)
async def withdraw_proposal(
    request_id: UUID, proposal_id: UUID, body: RequestDecision, caller: ForOneVisit, bus: Bus
) -> requests.RequestView:
    """Take your own proposal back."""
    return await bus.call(
        proposals.WithdrawProposal.of(body, **decided(request_id, caller), proposal_id=proposal_id)
    )


@router.post(
    "/{request_id}/questions",
    responses=documented(proposals.AskFollowUp),
)
async def ask_question(
    request_id: UUID, body: FollowUpQuestion, key: IdempotencyKey, caller: Practice, bus: Bus
) -> requests.RequestView:
    """Ask the patient for more, before you decide."""
    return await bus.call(
        proposals.AskFollowUp.of(body, **decided(request_id, caller), follow_up_id=new_id(caller.id, key))
    )


@router.post(
    "/{request_id}/questions/{follow_up_id}/answer",
    responses=documented(proposals.AnswerFollowUp),
)
async def answer_question(
    request_id: UUID, follow_up_id: UUID, body: FollowUpAnswer, caller: PatientOfVisit, bus: Bus
) -> requests.RequestView:
    """Answer what the practice asked."""
    return await bus.call(
        proposals.AnswerFollowUp.of(
            body, **decided(request_id, caller), follow_up_id=follow_up_id, words=body.answer
        )
    )
