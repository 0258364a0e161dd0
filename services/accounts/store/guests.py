"""Rows of guests, until what they asked for belongs to an account."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.guest import Guest
from services.accounts.store.tables import care, guests
from shared.db import Work


def add(work: Work, guest: Guest) -> bool:
    """False, and nothing is changed, when there is one with this id."""
    row = insert(guests).values(asdict(guest)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find(work: Work, guest_id: UUID, *, to_change: bool = False) -> Guest | None:
    """`to_change` locks her until the end of the transaction."""
    query = sa.select(guests).where(guests.c.id == guest_id)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return Guest(**row._mapping) if row else None


def with_address(work: Work, email: str) -> list[Guest]:
    """Who gave this address and has asked for something, locked."""
    query = sa.select(guests).where(guests.c.email == email, guests.c.expected)
    rows = work.conn.execute(query.order_by(guests.c.id).with_for_update())
    return [Guest(**row._mapping) for row in rows]


def save(work: Work, guest: Guest) -> None:
    work.conn.execute(sa.update(guests).where(guests.c.id == guest.id).values(asdict(guest)))


def remove(work: Work, guest_id: UUID) -> bool:
    """False where she was gone already."""
    return work.conn.execute(sa.delete(guests).where(guests.c.id == guest_id)).rowcount == 1


def forget_unexpected(work: Work, *, before: datetime) -> None:
    """Who was welcomed before then, and has asked for nothing that anybody knows of."""
    gone = sa.delete(guests).where(sa.not_(guests.c.expected), guests.c.welcomed_at < before)
    ids = list(work.conn.execute(gone.returning(guests.c.id)).scalars())
    work.conn.execute(sa.delete(care).where(care.c.patient_id.in_(ids)))


def hand_over_care(work: Work, guest_id: UUID, person_id: UUID) -> None:
    work.conn.execute(sa.update(care).where(care.c.patient_id == guest_id).values(patient_id=person_id))
