"""Decisions of both sides on a request, each on the version that the caller has seen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.auth import ForOneVisit, PatientOfVisit, Practice
from gateway.bus import Bus
from gateway.decisions import decided
from gateway.fields import Body, IdempotencyKey, Instant, NewMoney, Version, money, new_id
from gateway.people import with_numbers
from gateway.problems.description import documented
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
from shared.contracts.requests.values import DeclineReason, Note, Outcome

router = APIRouter(prefix="/v1/requests", tags=["requests"])


Preview = Annotated[
    bool, Query(description="For patients: answer with what would come of it, and change nothing.")
]
AcceptFee = Annotated[
    NewMoney | None, Field(None, description="What it `costs`, as the preview said; else it is refused.")
]


class Decision(Body):
    version: Version


class Declining(Decision):
    reason: DeclineReason = "other"
    words: Note = Field("", description="To the patient.")


class Cancelling(Decision):
    accept_fee: AcceptFee = None


class Rescheduling(Decision):
    starts_at: Instant = Field(description="Start of a free slot.")
    location_id: UUID | None = None
    accept_fee: AcceptFee = None


class Proposing(Decision):
    starts_at: Instant = Field(description="Start of a free slot.")
    location_id: UUID | None = None
    professional_id: UUID | None = Field(
        None, description="To hand over a visit whose professional has left: to whom of the clinic."
    )
    service_id: UUID | None = Field(None, description="For which service of theirs.")


class Completing(Decision):
    outcome: Outcome = "attended"


class Asking(Decision):
    question: Annotated[Note, Field(min_length=1, examples=["Since when do you have it?"])]


class Answering(Decision):
    answer: Annotated[Note, Field(min_length=1)]


class OneOfMany(BatchDecision):
    model_config = Body.model_config


class Batch(Body):
    decisions: Annotated[list[OneOfMany], Field(min_length=1, max_length=50)]


@router.post("/decisions", responses=documented(DecideBatch))
async def decide_requests(body: Batch, caller: Practice, bus: Bus) -> BatchView:
    """Confirm and decline several requests. Each stands for itself: one that is refused stops no other."""
    return await bus.call(DecideBatch(by=caller.id, role=caller.role, decisions=list(body.decisions)))


@router.post("/{request_id}/confirm", responses=documented(ConfirmRequest))
async def confirm_request(request_id: UUID, body: Decision, caller: Practice, bus: Bus) -> RequestView:
    """Accept a request: only now the visit is confirmed."""
    return await bus.call(ConfirmRequest(**decided(request_id, caller, body.version)))


@router.post("/{request_id}/decline", responses=documented(DeclineRequest))
async def decline_request(request_id: UUID, body: Declining, caller: Practice, bus: Bus) -> RequestView:
    """Turn a request down; its time is free again."""
    return await bus.call(
        DeclineRequest(
            **decided(request_id, caller, body.version),
            reason=body.reason,
            words=body.words,
        )
    )


@router.post(
    "/{request_id}/cancel",
    responses=documented(CancelRequest),
)
async def cancel_request(
    request_id: UUID, body: Cancelling, caller: ForOneVisit, bus: Bus, preview: Preview = False
) -> RequestView:
    """Call a visit off, as patient or as practice; its time is free again.

    A confirmed visit follows the terms that were promised: after the window a patient meets numbers to call,
    a fee, or a no.
    """
    return await with_numbers(
        bus,
        CancelRequest(
            **decided(request_id, caller, body.version),
            preview=preview,
            accept_fee=money(body.accept_fee),
        ),
    )


@router.post(
    "/{request_id}/reschedule",
    responses=documented(RescheduleRequest),
)
async def reschedule_request(
    request_id: UUID, body: Rescheduling, caller: ForOneVisit, bus: Bus, preview: Preview = False
) -> RequestView:
    """Move a visit to another free time; where the practice reviews that, it becomes a proposal.

    The practice moves a confirmed visit as it has agreed with the patient.
    """
    return await with_numbers(
        bus,
        RescheduleRequest(
            **decided(request_id, caller, body.version),
            starts_at=body.starts_at,
            location_id=body.location_id,
            preview=preview,
            accept_fee=money(body.accept_fee),
        ),
    )


@router.post(
    "/{request_id}/complete",
    responses=documented(CompleteRequest),
)
async def complete_request(request_id: UUID, body: Completing, caller: Practice, bus: Bus) -> RequestView:
    """Mark a visit complete, once it has started; or that the patient did not come."""
    return await bus.call(
        CompleteRequest(
            **decided(request_id, caller, body.version),
            outcome=body.outcome,
        )
    )


@router.post("/{request_id}/undo", responses=documented(UndoCompletion))
async def undo_completion(request_id: UUID, body: Decision, caller: Practice, bus: Bus) -> RequestView:
    """Take a completion back, within ten minutes."""
    return await bus.call(UndoCompletion(**decided(request_id, caller, body.version)))


@router.post(
    "/{request_id}/proposals",
    responses=documented(ProposeTime),
)
async def propose_time(request_id: UUID, body: Proposing, caller: Practice, bus: Bus) -> RequestView:
    """Hold another time for the patient, until they have answered.

    A visit whose professional has left the clinic is handed over with it, to another professional. Its price
    and its terms stay.
    """
    return await bus.call(
        ProposeTime(
            **decided(request_id, caller, body.version),
            starts_at=body.starts_at,
            location_id=body.location_id,
            professional_id=body.professional_id,
            service_id=body.service_id,
        )
    )


@router.post("/{request_id}/proposals/{proposal_id}/accept", responses=documented(AcceptProposal))
async def accept_proposal(
    request_id: UUID, proposal_id: UUID, body: Decision, caller: ForOneVisit, bus: Bus
) -> RequestView:
    """Take the time that the other side proposed: the visit moves there, and is confirmed."""
    return await bus.call(
        AcceptProposal(
            **decided(request_id, caller, body.version),
            proposal_id=proposal_id,
        )
    )


@router.post("/{request_id}/proposals/{proposal_id}/decline", responses=documented(DeclineProposal))
async def decline_proposal(
    request_id: UUID, proposal_id: UUID, body: Decision, caller: ForOneVisit, bus: Bus
) -> RequestView:
    """Leave the visit as it was."""
    return await bus.call(
        DeclineProposal(
            **decided(request_id, caller, body.version),
            proposal_id=proposal_id,
        )
    )


@router.post("/{request_id}/proposals/{proposal_id}/withdraw", responses=documented(WithdrawProposal))
async def withdraw_proposal(
    request_id: UUID, proposal_id: UUID, body: Decision, caller: ForOneVisit, bus: Bus
) -> RequestView:
    """Take your own proposal back."""
    return await bus.call(
        WithdrawProposal(
            **decided(request_id, caller, body.version),
            proposal_id=proposal_id,
        )
    )


@router.post(
    "/{request_id}/questions",
    responses=documented(AskFollowUp),
)
async def ask_question(
    request_id: UUID, body: Asking, key: IdempotencyKey, caller: Practice, bus: Bus
) -> RequestView:
    """Ask the patient for more, before you decide."""
    return await bus.call(
        AskFollowUp(
            **decided(request_id, caller, body.version),
            follow_up_id=new_id(caller.id, key),
            question=body.question,
        )
    )


@router.post(
    "/{request_id}/questions/{follow_up_id}/answer",
    responses=documented(AnswerFollowUp),
)
async def answer_question(
    request_id: UUID, follow_up_id: UUID, body: Answering, caller: PatientOfVisit, bus: Bus
) -> RequestView:
    """Answer what the practice asked."""
    return await bus.call(
        AnswerFollowUp(
            **decided(request_id, caller, body.version),
            follow_up_id=follow_up_id,
            words=body.answer,
        )
    )
