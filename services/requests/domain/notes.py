"""Notes: the text that people write about a request.

They are stored encrypted with a key of the patient, and are no part of any event.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shared.contracts.requests import refusals

MOST_FOLLOW_UPS = 10


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """A question of the practice, and the patient's answer, if there is one."""

    id: UUID
    question: str = field(repr=False)
    asked_at: datetime
    answer: str | None = field(default=None, repr=False)
    answered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Notes:
    """All notes of one request: `joiners` are the names of companions, `decline` is the practice's reason."""

    details: str = field(default="", repr=False)
    joiners: tuple[str, ...] = field(default=(), repr=False)
    decline: str = field(default="", repr=False)
    follow_ups: tuple[FollowUp, ...] = ()

    def follow_up(self, follow_up_id: UUID) -> FollowUp | None:
        return next((each for each in self.follow_ups if each.id == follow_up_id), None)


def with_question(notes: Notes, question: FollowUp) -> Notes:
    """Return the notes with one more question. Refuses `too_many_follow_ups`."""
    if len(notes.follow_ups) >= MOST_FOLLOW_UPS:
        raise refusals.TooManyFollowUps()
    return replace(notes, follow_ups=(*notes.follow_ups, question))


def with_answer(notes: Notes, follow_up_id: UUID, answer: str, *, now: datetime) -> Notes:
    """Return the notes with the answer to one question. Refuses `unknown_follow_up` and
    `already_answered`."""
    asked = notes.follow_up(follow_up_id)
    if asked is None:
        raise refusals.UnknownFollowUp()
    if asked.answer is not None:
        raise refusals.AlreadyAnswered("This question has already been answered.", field="follow_up_id")
    answered = replace(asked, answer=answer, answered_at=now)
    return replace(notes, follow_ups=tuple(answered if each is asked else each for each in notes.follow_ups))
