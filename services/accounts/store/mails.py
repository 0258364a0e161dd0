"""Rows of mails that wait to be sent, and of mail requests that name only an address."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.accounts.store.tables import links, mail_requests, mails, registrations
from shared.db import Work

GIVE_UP_AFTER = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
SENDING_LASTS = timedelta(minutes=2)
"""More than the patience with a mail server; what a dead process had claimed is due after it."""


@dataclass(frozen=True, kw_only=True)
class PendingMail:
    """A mail to be written and posted.

    `object_id` is what it is about: a link, a ticket, or a visit. `facts` are numbers and states to be told.
    """

    id: UUID
    kind: str
    email: str
    object_id: UUID | None
    facts: dict[str, Any] | None = None
    attempts: int
    due_at: datetime
    give_up_at: datetime


def request(work: Work, kind: str, email: str, *, object_id: UUID | None = None) -> None:
    """Note that somebody wants a mail sent to this address, which may have no account."""
    work.conn.execute(sa.insert(mail_requests).values(kind=kind, email=email, object_id=object_id))


def take_request(work: Work) -> tuple[str, str, UUID | None] | None:
    """Remove the oldest, and return its kind, address and object."""
    oldest = (
        sa.select(mail_requests.c.position)
        .order_by(mail_requests.c.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = sa.delete(mail_requests).where(mail_requests.c.position == oldest.scalar_subquery())
    row = work.conn.execute(
        taken.returning(mail_requests.c.kind, mail_requests.c.email, mail_requests.c.object_id)
    ).one_or_none()
    return (row.kind, row.email, row.object_id) if row else None


def enqueue(
    work: Work,
    mail_id: UUID,
    kind: str,
    email: str,
    *,
    object_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """Have a letter posted, if and only if this transaction commits."""
    letter = PendingMail(
        id=mail_id,
        kind=kind,
        email=email,
        object_id=object_id,
        facts=facts,
        attempts=0,
        due_at=now,
        give_up_at=now + GIVE_UP_AFTER,
    )
    work.conn.execute(sa.insert(mails).values(asdict(letter)))


def claim(work: Work, *, now: datetime) -> PendingMail | None:
    """A letter that is due, and is not for anybody else in the time that posting it may take."""
    due = sa.select(mails.c.id).where(mails.c.due_at <= now).order_by(mails.c.due_at).limit(1)
    mine = mails.c.id == due.with_for_update(skip_locked=True).scalar_subquery()
    claimed = sa.update(mails).where(mine).values(due_at=now + SENDING_LASTS).returning(mails)
    row = work.conn.execute(claimed).one_or_none()
    return PendingMail(**row._mapping) if row else None


def retry_later(work: Work, letter: PendingMail, *, now: datetime) -> None:
    """After a pause that doubles each time."""
    pause = min(timedelta(seconds=5) * 2**letter.attempts, LONGEST_PAUSE)
    later = {"attempts": letter.attempts + 1, "due_at": now + pause}
    work.conn.execute(sa.update(mails).where(mails.c.id == letter.id).values(later))


def remove(work: Work, letter: PendingMail) -> None:
    work.conn.execute(sa.delete(mails).where(mails.c.id == letter.id))


def forget_address(work: Work, email: str) -> None:
    """Whatever waits to be sent to it, and whatever invites it."""
    for table in (mail_requests, mails, links, registrations):
        work.conn.execute(sa.delete(table).where(table.c.email == email))
