"""Items of the inbox: which event becomes one, for whom, in which text. No names, no details of a request."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from shared.contracts.base import Event
from shared.contracts.notify import InboxErased
from shared.contracts.requests import moves

InboxEvent = moves.RequestMoved | moves.RequestUnstaffed | moves.RequestHandedOver

TEXTS: dict[str, tuple[str, str | None]] = {
    "request_submitted": (
        "Your request was sent and is waiting for confirmation.",
        "A new request is waiting for your review.",
    ),
    "request_confirmed": ("Your visit is confirmed.", "You confirmed a visit."),
    "request_declined": ("Your request could not be accepted.", "You declined a request."),
    "request_cancelled": ("Your visit was cancelled.", "A visit was cancelled."),
    "request_rescheduled": ("Your visit was rescheduled.", "A visit was rescheduled."),
    "request_completed": ("Your visit is complete.", "You completed a visit."),
    "completion_undone": ("Your visit is confirmed again, not complete.", "You undid a completion."),
    "proposal_made": ("Another time was proposed for your visit.", "Another time was proposed for a visit."),
    "proposal_closed": (
        "The other time proposed for your visit was not accepted.",
        "The other time proposed for a visit was not accepted.",
    ),
    "follow_up_asked": ("The practice has a question about your request.", "You asked a patient a question."),
    "follow_up_answered": ("Your answer was sent.", "A patient answered your question."),
    "request_expired": (
        "Your request expired before it was reviewed.",
        "A request expired before you reviewed it.",
    ),
    "request_unstaffed": (
        "Your professional no longer works at this clinic. "
        "The clinic will propose another professional or cancel the visit.",
        None,
    ),
    "request_handed_over": ("Another professional will see you.", "A visit was handed over to you."),
}
"""Event -> the text for the patient and the text for the professional, if any."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item tells one thing to one person."""

    id: UUID
    person_id: UUID
    kind: str
    text: str
    request_id: UUID
    starts_at: datetime
    occurred_at: datetime


def compose(event: InboxEvent, *, erased: Collection[UUID] = ()) -> list[Item]:
    """Return an item for the patient and one for the professional, the same ones each time.

    There is none for a person who is `erased`, and none that RequestHandedOver makes untrue.
    """
    kind = event.topic.split(".")[1]
    told = zip((event.patient_id, event.professional_id), _texts_of(event, kind), strict=True)
    return [
        Item(
            id=uuid5(event.event_id, str(person_id)),
            person_id=person_id,
            kind=kind,
            text=text,
            request_id=event.request_id,
            starts_at=event.starts_at,
            occurred_at=event.occurred_at,
        )
        for person_id, text in told
        if text is not None and person_id not in erased
    ]


def _texts_of(event: InboxEvent, kind: str) -> tuple[str | None, str | None]:
    """Return the words for each; where the visit is handed over, its new professional moved nothing."""
    to_patient, to_professional = TEXTS[kind]
    if not isinstance(event, moves.RequestConfirmed | moves.RequestRescheduled) or not event.handed_over:
        return to_patient, to_professional
    same_time = isinstance(event, moves.RequestRescheduled) and event.starts_at == event.old_starts_at
    return None if same_time else to_patient, None


def erased_event(person_id: UUID, *, now: datetime) -> Event:
    return InboxErased(occurred_at=now, version=1, person_id=person_id)
