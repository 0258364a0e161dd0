"""Rows of mailed links; an invitation to a clinic is one of them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.link import LASTS, Link
from services.accounts.store.tables import links
from shared.db import Work
from shared.rows import Rows

_rows = Rows(links, Link)
add, find = _rows.add, _rows.find


def use(work: Work, link: Link, *, now: datetime) -> None:
    """Mark the link as used, with all others of its kind that act on the same account."""
    used = links.c.id == link.id
    if link.person_id is not None:
        used = sa.or_(used, sa.and_(links.c.kind == link.kind, links.c.person_id == link.person_id))
    work.conn.execute(sa.update(links).where(used, links.c.used_at.is_(None)).values(used_at=now))


def use_all(work: Work, link_ids: Collection[UUID], *, now: datetime) -> None:
    """Mark these links as used."""
    used = sa.update(links).where(links.c.id.in_(link_ids), links.c.used_at.is_(None))
    work.conn.execute(used.values(used_at=now))


def use_all_of(work: Work, person_id: UUID, *kinds: str, now: datetime) -> None:
    """Mark every link of these kinds as used, so that none mailed before acts on the account."""
    used = sa.update(links).where(links.c.person_id == person_id, links.c.kind.in_(kinds))
    work.conn.execute(used.where(links.c.used_at.is_(None)).values(used_at=now))


def end(work: Work, link: Link, *, now: datetime) -> None:
    open_one = sa.and_(links.c.id == link.id, links.c.used_at.is_(None), links.c.ended_at.is_(None))
    work.conn.execute(sa.update(links).where(open_one).values(ended_at=now))


def end_invitations(work: Work, clinic_id: UUID, email: str, *, now: datetime) -> None:
    """End all open invitations of a clinic to one address; the clinic is locked."""
    open_ones = sa.and_(_invites_to(clinic_id), links.c.email == email, *_OPEN)
    work.conn.execute(sa.update(links).where(open_ones).values(ended_at=now))


def end_invitations_by(work: Work, clinic_id: UUID, sender_id: UUID, *, now: datetime) -> None:
    """End the open invitations of a clinic that one person sent; the clinic is locked."""
    open_ones = sa.and_(_invites_to(clinic_id), links.c.invited_by == sender_id, *_OPEN)
    work.conn.execute(sa.update(links).where(open_ones).values(ended_at=now))


def invitations_page(
    work: Work, clinic_id: UUID, *, open_only: bool, after: str | None, limit: int, now: datetime
) -> list[Link]:
    """Return the invitations that have not expired, newest first, past the cursor `after`."""
    where = [_invites_to(clinic_id), links.c.expires_at > now, *(_OPEN if open_only else ())]
    return _rows.page(work, *where, at=links.c.expires_at, after=after, limit=limit)


def count_invitations(work: Work, clinic_id: UUID, *, since: timedelta, now: datetime) -> tuple[int, int]:
    """Count the open invitations of a clinic, and those it sent within `since`."""
    lately = links.c.expires_at > now - since + LASTS["invitation"]
    query = sa.select(
        sa.func.count().filter(sa.and_(links.c.expires_at > now, *_OPEN)), sa.func.count().filter(lately)
    ).where(_invites_to(clinic_id))
    open_now, sent = work.conn.execute(query).one()
    return open_now, sent


_OPEN = (links.c.used_at.is_(None), links.c.ended_at.is_(None))


def _invites_to(clinic_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(links.c.kind == "invitation", links.c.clinic_id == clinic_id)


def forget_old(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(links).where(links.c.expires_at < now))
