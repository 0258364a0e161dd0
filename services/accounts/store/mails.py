"""Rows of mails that wait to be sent, and of mail requests that name only an address."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain import pending_mail
from services.accounts.store.tables import links, mail_requests, mails, registrations
from shared.db import Work
from shared.rows import Rows

_rows = Rows(mails, pending_mail.PendingMail)
add = _rows.insert


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
    work: Work, mail_id: UUID, kind: str, email: str, *, object_id: UUID | None = None, now: datetime
) -> None:
    """Have a mail sent, if and only if this transaction commits."""
    add(work, pending_mail.draft(mail_id, kind, email, object_id=object_id, now=now))


def take_due(work: Work, *, now: datetime) -> pending_mail.PendingMail | None:
    """Take a mail that is due; no other process takes it for `SENDING_LASTS`."""
    due = sa.select(mails.c.id).where(mails.c.due_at <= now).order_by(mails.c.due_at).limit(1)
    mine = mails.c.id == due.with_for_update(skip_locked=True).scalar_subquery()
    taken = sa.update(mails).where(mine).values(due_at=now + pending_mail.SENDING_LASTS).returning(mails)
    row = work.conn.execute(taken).one_or_none()
    return _rows.read(row) if row else None


def save_retry(work: Work, mail: pending_mail.PendingMail) -> None:
    later = {"attempts": mail.attempts, "due_at": mail.due_at}
    work.conn.execute(sa.update(mails).where(mails.c.id == mail.id).values(later))


def remove(work: Work, mail: pending_mail.PendingMail) -> None:
    work.conn.execute(sa.delete(mails).where(mails.c.id == mail.id))


def forget_address(work: Work, email: str) -> None:
    """Delete all that waits to be sent to the address, and all that invites it."""
    for table in (mail_requests, mails, links, registrations):
        work.conn.execute(sa.delete(table).where(table.c.email == email))
