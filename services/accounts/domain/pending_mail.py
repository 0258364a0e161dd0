"""Mails that wait to be sent, and how long another attempt is made."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.accounts.domain.person import Person

GIVE_UP_AFTER = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
SENDING_LASTS = timedelta(minutes=2)
"""More than the patience with a mail server; a mail that a dead process had taken is due after it."""


@dataclass(frozen=True, kw_only=True)
class PendingMail:
    """A mail that is written when it is sent.

    `object_id` names the link, the ticket or the request that it is about; `facts` are numbers and states.
    """

    id: UUID
    kind: str
    email: str
    object_id: UUID | None
    facts: dict[str, Any] | None = None
    attempts: int = 0
    due_at: datetime
    give_up_at: datetime

    @property
    def enqueued_at(self) -> datetime:
        return self.give_up_at - GIVE_UP_AFTER


def draft(
    mail_id: UUID, kind: str, email: str, *, object_id: UUID | None = None, now: datetime
) -> PendingMail:
    """Return a mail that is due at once."""
    return PendingMail(
        id=mail_id, kind=kind, email=email, object_id=object_id, due_at=now, give_up_at=now + GIVE_UP_AFTER
    )


def retry(mail: PendingMail, *, now: datetime) -> PendingMail:
    """Return the mail, due after a pause that doubles with each attempt."""
    pause = min(FIRST_PAUSE * 2**mail.attempts, LONGEST_PAUSE)
    return replace(mail, attempts=mail.attempts + 1, due_at=now + pause)


def template_for_owner(request: str, owner: Person) -> str:
    """Return the mail that answers a request for one, where its address has an account."""
    if request == "attempts":
        return request
    if owner.erases_at is not None:
        return "keep"
    return "known_address" if request == "registration" else request
