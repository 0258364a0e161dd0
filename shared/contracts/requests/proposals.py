"""Proposals of other times, and questions about an open request."""

from uuid import UUID

from pydantic import Field, PositiveInt

from shared.contracts.base import Command
from shared.contracts.requests.refusals import ANSWERED, DECIDED, NOT_THERE
from shared.contracts.requests.requests import OtherTime, RequestView
from shared.contracts.requests.values import ActingRole, Note


class _About(Command[RequestView]):
    """Of one request, on the `version` the caller has seen."""

    request_id: UUID
    by: UUID
    role: ActingRole
    version: PositiveInt


class ProposalDraft(OtherTime):
    professional_id: UUID | None = Field(
        None, description="To hand over a visit whose professional has left: to whom of the clinic."
    )
    service_id: UUID | None = Field(None, description="For which service of theirs.")


class ProposeTime(ProposalDraft, _About):
    """Hold another time for the patient, for the practice. Repeating it changes nothing.

    A visit whose professional has left is handed over: name `professional_id` and a service of theirs.
    """

    refuses = (
        f"{NOT_THERE} {DECIDED} same_time too_late proposal_open too_many unknown_service "
        "unknown_account unstaffed"
    )


class AcceptProposal(_About):
    """The other side takes the time: the visit moves there and is confirmed."""

    refuses = ANSWERED
    proposal_id: UUID


class DeclineProposal(_About):
    """The other side does not take it; the visit stays as it was."""

    refuses = ANSWERED
    proposal_id: UUID


class WithdrawProposal(_About):
    """Withdraw a proposal, as the side that made it."""

    refuses = ANSWERED
    proposal_id: UUID


class AskFollowUp(_About):
    """The practice asks the patient something."""

    refuses = f"{DECIDED} too_many_follow_ups idempotency_key_reused"
    follow_up_id: UUID
    question: Note


class AnswerFollowUp(_About):
    refuses = f"{DECIDED} unknown_follow_up already_answered"
    follow_up_id: UUID
    words: Note
