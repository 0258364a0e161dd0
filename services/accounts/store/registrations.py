"""Rows of registrations: each becomes an account once its address is proved."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.registration import Registration
from services.accounts.store.tables import registrations
from shared.db import Work
from shared.rows import Rows

_rows = Rows(registrations, Registration)
find, save = _rows.find, _rows.save


def add(work: Work, new: Registration, *, now: datetime) -> bool:
    """Return False, and change nothing, if one with this id has not expired."""
    expired = sa.and_(registrations.c.id == new.id, registrations.c.expires_at <= now)
    work.conn.execute(sa.delete(registrations).where(expired))
    return _rows.add(work, new)


def find_by_proof(work: Work, proof_id: UUID, *, to_change: bool = False) -> Registration | None:
    """Return the one whose mailed link has this id; `to_change` locks it."""
    return _rows.one(work, registrations.c.proof_id == proof_id, to_change=to_change)


def forget_old(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(registrations).where(registrations.c.expires_at < now))
