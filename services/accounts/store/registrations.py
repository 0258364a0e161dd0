"""Rows of registrations: each becomes an account once its address is proved."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.registration import Registration
from services.accounts.store.tables import links, registrations
from shared.db import Work


def add(work: Work, new: Registration, *, now: datetime) -> bool:
    """Return False, and change nothing, if one with this id has not expired."""
    for table in (registrations, links):  # its link has the same id
        work.conn.execute(sa.delete(table).where(table.c.id == new.id, table.c.expires_at <= now))
    return work.conn.execute(insert(registrations).values(asdict(new)).on_conflict_do_nothing()).rowcount == 1


def find(work: Work, registration_id: UUID, *, to_change: bool = False) -> Registration | None:
    """`to_change` locks it until the end of the transaction."""
    query = sa.select(registrations).where(registrations.c.id == registration_id)
    row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
    return Registration(**row._mapping) if row else None


def save(work: Work, known: Registration) -> None:
    query = sa.update(registrations).where(registrations.c.id == known.id)
    work.conn.execute(query.values(asdict(known)))


def forget_old(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(registrations).where(registrations.c.expires_at < now))
