"""Rows of registrations: each becomes an account once its address is proved."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.registration import Registration
from services.accounts.store.tables import registrations
from shared.db import Work


def add(work: Work, new: Registration, *, now: datetime) -> bool:
    """Return False, and change nothing, if one with this id has not expired."""
    expired = sa.and_(registrations.c.id == new.id, registrations.c.expires_at <= now)
    work.conn.execute(sa.delete(registrations).where(expired))
    row = insert(registrations).values(asdict(new)).on_conflict_do_nothing(index_elements=["id"])
    return work.conn.execute(row).rowcount == 1


def find(work: Work, registration_id: UUID, *, to_change: bool = False) -> Registration | None:
    """`to_change` locks it until the end of the transaction."""
    return _one(work, registrations.c.id == registration_id, to_change=to_change)


def find_by_proof(work: Work, proof_id: UUID, *, to_change: bool = False) -> Registration | None:
    """Find the one whose mailed link has this id. `to_change` locks it until the end of the transaction."""
    return _one(work, registrations.c.proof_id == proof_id, to_change=to_change)


def _one(work: Work, which: sa.ColumnElement[bool], *, to_change: bool) -> Registration | None:
    query = sa.select(registrations).where(which)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return Registration(**row._mapping) if row else None


def save(work: Work, known: Registration) -> None:
    query = sa.update(registrations).where(registrations.c.id == known.id)
    work.conn.execute(query.values(asdict(known)))


def forget_old(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(registrations).where(registrations.c.expires_at < now))
