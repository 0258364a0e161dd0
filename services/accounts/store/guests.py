"""Rows of guests, until what they asked for belongs to an account."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.guest import ERASED_AT_ONCE, MOST_LINKS, Guest
from services.accounts.store.tables import care, erased_guests, guests
from shared.db import Work
from shared.rows import Rows

_rows = Rows(guests, Guest)
add, find, save = _rows.add, _rows.find, _rows.save


def visits_of(work: Work, email: str) -> list[UUID]:
    """Return the visits of all guests with this address who belong to no account, latest end first."""
    query = sa.select(care.c.request_id).join(guests, guests.c.id == care.c.patient_id)
    query = query.where(guests.c.email == email).order_by(care.c.ends_at.desc())
    return list(work.conn.scalars(query))


def current_visits_of(work: Work, email: str, *, since: datetime) -> list[UUID]:
    """Return the visits of this address that end, or ended, after `since`; at most `MOST_LINKS`."""
    query = sa.select(care.c.request_id).join(guests, guests.c.id == care.c.patient_id)
    query = query.where(guests.c.email == email, care.c.ends_at > since)
    return list(work.conn.scalars(query.order_by(care.c.ends_at.desc()).limit(MOST_LINKS)))


def has_visits(work: Work, guest_id: UUID) -> bool:
    query = sa.select(sa.exists().where(care.c.patient_id == guest_id))
    return bool(work.conn.execute(query).scalar_one())


def remove(work: Work, guest_id: UUID) -> None:
    """Delete the guest with the care relations of their requests."""
    work.conn.execute(sa.delete(guests).where(guests.c.id == guest_id))
    work.conn.execute(sa.delete(care).where(care.c.patient_id == guest_id))


def erase(work: Work, guest_id: UUID) -> None:
    """Remove them for good; a welcome that has begun ends first, and later ones know."""
    work.lock_exclusive(guest_id)
    remove(work, guest_id)
    work.conn.execute(insert(erased_guests).values(id=guest_id).on_conflict_do_nothing())


def was_erased(work: Work, guest_id: UUID) -> bool:
    """Return whether a guest with this id was erased; none other is before the transaction ends."""
    work.lock_shared(guest_id)
    return bool(work.conn.scalar(sa.select(sa.exists().where(erased_guests.c.id == guest_id))))


def find_expired(work: Work, *, unexpected: datetime, ended: datetime) -> list[UUID]:
    """Return guests unverified since before one instant, and those with appointments over by the other."""
    latest = sa.select(sa.func.max(care.c.ends_at)).where(care.c.patient_id == guests.c.id).scalar_subquery()
    query = sa.select(guests.c.id).where(
        guests.c.joined.is_(None),
        sa.or_(
            sa.and_(sa.not_(guests.c.expected), guests.c.welcomed_at < unexpected),
            sa.and_(guests.c.welcomed_at < ended, sa.func.coalesce(latest, guests.c.welcomed_at) < ended),
        ),
    )
    return list(work.conn.scalars(query.limit(ERASED_AT_ONCE).with_for_update(skip_locked=True)))


def move_care(work: Work, guest_id: UUID, person_id: UUID) -> None:
    work.conn.execute(sa.update(care).where(care.c.patient_id == guest_id).values(patient_id=person_id))
