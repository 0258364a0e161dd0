"""The commands and answers of notify."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.base import Command, Event, Message, Page

Kind = Literal[
    "request_submitted",
    "request_confirmed",
    "request_declined",
    "request_cancelled",
    "request_rescheduled",
    "request_completed",
    "completion_undone",
    "request_expired",
    "proposal_made",
    "proposal_closed",
    "follow_up_asked",
    "follow_up_answered",
    "request_unstaffed",
    "request_handed_over",
]


class InboxItem(Message):
    """One thing a person was told: no names and no visit details, only what happened to which request."""

    item_id: UUID
    kind: Kind
    text: str
    request_id: UUID
    starts_at: AwareDatetime
    occurred_at: AwareDatetime


class InboxPage(Message):
    items: list[InboxItem]
    next_cursor: str | None


class ListInbox(Page, Command[InboxPage]):
    """List the inbox of a person, newest first."""

    refuses = "bad_cursor"
    person_id: UUID


class InboxErased(Event):
    """The inbox of a person was erased."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID
