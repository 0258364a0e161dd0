"""Questions of the practice about a request, and the patient's answers."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.requests.domain import notes, request
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.notes import FollowUp
from services.requests.domain.request import Request, event_of, now_at
from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.contracts.requests.moves import FollowUpAnswered, FollowUpAsked
from shared.contracts.requests.values import Side


def ask(
    before: Request, follow_up_id: UUID, question: str, *, by: Side, version: int, now: datetime
) -> tuple[Request, list[Event]]:
    """Ask the patient a question; the same id and question again change nothing.

    Refuses `not_allowed`, `idempotency_key_reused`, `stale_version`, `request_expired`, `wrong_status`,
    `too_late` once the appointment is over, and `too_many_follow_ups`.
    """
    if by != "professional":
        raise refusals.NotAllowed("Only the practice can ask, and only the patient can answer.")
    if known := before.notes.follow_up(follow_up_id):
        if known.question != question:
            raise refusals.IdempotencyKeyReused()
        return before, []
    _refuse_closed(before, version=version, now=now)
    if now >= before.ends_at:  # the patient may be erased by then
        raise refusals.TooLate("The visit is over. You can't ask about it any more.", **now_at(before))
    asked = FollowUp(id=follow_up_id, question=question, asked_at=now)
    after = replace(before, version=version + 1, notes=notes.with_question(before.notes, asked))
    return after, [event_of(FollowUpAsked, after, by=by, now=now, follow_up_id=follow_up_id)]


def answer(
    before: Request, follow_up_id: UUID, text: str, *, by: Side, version: int, now: datetime
) -> tuple[Request, list[Event]]:
    """Answer a question of the practice; the same answer again changes nothing.

    Refuses `not_allowed`, `unknown_follow_up`, `already_answered`, `stale_version`, `request_expired` and
    `wrong_status`.
    """
    if by != "patient":
        raise refusals.NotAllowed("Only the practice can ask, and only the patient can answer.")
    known = before.notes.follow_up(follow_up_id)
    if known and known.answer == text:
        return before, []
    after_notes = notes.with_answer(before.notes, follow_up_id, text, now=now)
    _refuse_closed(before, version=version, now=now)
    after = replace(before, version=version + 1, notes=after_notes)
    return after, [event_of(FollowUpAnswered, after, by=by, now=now, follow_up_id=follow_up_id)]


def _refuse_closed(before: Request, *, version: int, now: datetime) -> None:
    request.refuse_stale(before, version=version, now=now)
    if before.status not in OPEN:
        detail = f"You can't ask about a request that is {before.status}."
        raise refusals.WrongStatus(detail, **now_at(before))
