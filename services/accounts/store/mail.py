"""Rows of links, of what was asked for by address, and of letters that wait to be posted."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.link import LASTS, Link
from services.accounts.store.tables import asks, letters, links, registrations
from shared.db import Work, newest_first

GIVE_UP_AFTER = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
POSTING_LASTS = timedelta(minutes=2)
"""More than the patience with a mail server; what a dead process had claimed is due after it."""


@dataclass(frozen=True, kw_only=True)
class Letter:
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


def add_link(work: Work, link: Link) -> bool:
    """False, and nothing is changed, when there is one with this id."""
    row = sa.dialects.postgresql.insert(links).values(asdict(link)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find_link(work: Work, link_id: UUID, *, to_change: bool = False) -> Link | None:
    """`to_change` locks it until the end of the transaction."""
    query = sa.select(links).where(links.c.id == link_id)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return Link(**row._mapping) if row else None


def use_link(work: Work, link: Link, *, now: datetime) -> None:
    """And with it all others of its kind that act on the same account; an invitation acts on none."""
    used = links.c.id == link.id
    if link.person_id is not None:
        used = sa.or_(used, sa.and_(links.c.kind == link.kind, links.c.person_id == link.person_id))
    work.conn.execute(sa.update(links).where(used, links.c.used_at.is_(None)).values(used_at=now))


def use_links(work: Work, link_ids: Collection[UUID], *, now: datetime) -> None:
    """Mark these links as used."""
    used = sa.update(links).where(links.c.id.in_(link_ids), links.c.used_at.is_(None))
    work.conn.execute(used.values(used_at=now))


def use_links_of(work: Work, person_id: UUID, *kinds: str, now: datetime) -> None:
    """Mark every link of these kinds as used, so that none mailed before acts on the account."""
    used = sa.update(links).where(links.c.person_id == person_id, links.c.kind.in_(kinds))
    work.conn.execute(used.where(links.c.used_at.is_(None)).values(used_at=now))


def end_link(work: Work, link: Link, *, now: datetime) -> None:
    open_one = sa.and_(links.c.id == link.id, links.c.used_at.is_(None), links.c.ended_at.is_(None))
    work.conn.execute(sa.update(links).where(open_one).values(ended_at=now))


def end_invitations(work: Work, clinic_id: UUID, email: str, *, now: datetime) -> None:
    """End all open invitations of a clinic to one address; the clinic is locked."""
    open_ones = sa.and_(_invites_to(clinic_id), links.c.email == email, *_OPEN)
    work.conn.execute(sa.update(links).where(open_ones).values(ended_at=now))


def end_invitations_by(work: Work, clinic_id: UUID, sender_id: UUID, *, now: datetime) -> None:
    """All open ones of a clinic that one person sent; the clinic is locked."""
    open_ones = sa.and_(_invites_to(clinic_id), links.c.invited_by == sender_id, *_OPEN)
    work.conn.execute(sa.update(links).where(open_ones).values(ended_at=now))


def invitations_page(
    work: Work, clinic_id: UUID, *, open_only: bool, after: str | None, limit: int, now: datetime
) -> list[Link]:
    """Return the invitations that have not expired, newest first, past the cursor `after`."""
    query = sa.select(links).where(_invites_to(clinic_id), links.c.expires_at > now)
    if open_only:
        query = query.where(*_OPEN)
    query = newest_first(query, links.c.expires_at, links.c.id, after=after, limit=limit)
    return [Link(**row._mapping) for row in work.conn.execute(query)]


def count_invitations(work: Work, clinic_id: UUID, *, since: timedelta, now: datetime) -> tuple[int, int]:
    """Count the open invitations of a clinic, and those it sent within `since`."""
    lately = links.c.expires_at > now - since + LASTS["invitation"]
    query = sa.select(
        sa.func.count().filter(sa.and_(links.c.expires_at > now, *_OPEN)),
        sa.func.count().filter(lately),
    ).where(_invites_to(clinic_id))
    open_now, sent = work.conn.execute(query).one()
    return open_now, sent


_OPEN = (links.c.used_at.is_(None), links.c.ended_at.is_(None))


def _invites_to(clinic_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(links.c.kind == "invitation", links.c.clinic_id == clinic_id)


def forget_links(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(links).where(links.c.expires_at < now))


def ask(work: Work, kind: str, email: str, *, object_id: UUID | None = None) -> None:
    """Note that somebody wants a mail sent to this address, which may have no account."""
    work.conn.execute(sa.insert(asks).values(kind=kind, email=email, object_id=object_id))


def take_ask(work: Work) -> tuple[str, str, UUID | None] | None:
    """Remove the oldest, and return its kind, address and object."""
    oldest = sa.select(asks.c.position).order_by(asks.c.position).limit(1).with_for_update(skip_locked=True)
    taken = sa.delete(asks).where(asks.c.position == oldest.scalar_subquery())
    row = work.conn.execute(taken.returning(asks.c.kind, asks.c.email, asks.c.object_id)).one_or_none()
    return (row.kind, row.email, row.object_id) if row else None


def post(
    work: Work,
    letter_id: UUID,
    kind: str,
    email: str,
    *,
    object_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> None:
    """Have a letter posted, if and only if this transaction commits."""
    letter = Letter(
        id=letter_id,
        kind=kind,
        email=email,
        object_id=object_id,
        facts=facts,
        attempts=0,
        due_at=now,
        give_up_at=now + GIVE_UP_AFTER,
    )
    work.conn.execute(sa.insert(letters).values(asdict(letter)))


def claim_letter(work: Work, *, now: datetime) -> Letter | None:
    """A letter that is due, and is not for anybody else in the time that posting it may take."""
    due = sa.select(letters.c.id).where(letters.c.due_at <= now).order_by(letters.c.due_at).limit(1)
    mine = letters.c.id == due.with_for_update(skip_locked=True).scalar_subquery()
    claimed = sa.update(letters).where(mine).values(due_at=now + POSTING_LASTS).returning(letters)
    row = work.conn.execute(claimed).one_or_none()
    return Letter(**row._mapping) if row else None


def try_later(work: Work, letter: Letter, *, now: datetime) -> None:
    """After a pause that doubles each time."""
    pause = min(timedelta(seconds=5) * 2**letter.attempts, LONGEST_PAUSE)
    later = {"attempts": letter.attempts + 1, "due_at": now + pause}
    work.conn.execute(sa.update(letters).where(letters.c.id == letter.id).values(later))


def remove_letter(work: Work, letter: Letter) -> None:
    work.conn.execute(sa.delete(letters).where(letters.c.id == letter.id))


def forget_address(work: Work, email: str) -> None:
    """Whatever waits to be sent to it, and whatever invites it."""
    for table in (asks, letters, links, registrations):
        work.conn.execute(sa.delete(table).where(table.c.email == email))
