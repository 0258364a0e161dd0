"""The inbox: one row for each thing a person was told. (The table `inbox` is the bus's, not hers.)"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.notify.domain import Item
from shared import cursor
from shared.db import Work, inbox_table, instant, new_metadata, outbox_table

metadata = new_metadata()
inbox_table(metadata)
outbox_table(metadata)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("starts_at", instant(), nullable=False),
    sa.Column("occurred_at", instant(), nullable=False),
    sa.Index("items_person_ix", "person_id", "occurred_at", "id"),
)


erased = sa.Table("erased", metadata, sa.Column("person_id", sa.Uuid, primary_key=True))
"""Whose accounts are gone: for them nothing new is written, however late it arrives."""


def add(work: Work, told: Iterable[Item]) -> None:
    if rows := [asdict(each) for each in told]:
        work.conn.execute(sa.insert(items), rows)


def erased_among(work: Work, *person_ids: UUID) -> set[UUID]:
    """Those of these people who are erased; none of the others will be before the transaction ends.

    Locked and read in two statements: the second sees what was committed while the first waited.
    """
    # in one order, so that two who ask for the same people never wait for each other
    keys = sorted({_key(each) for each in person_ids})
    work.conn.execute(sa.select(*(sa.func.pg_advisory_xact_lock_shared(key) for key in keys)))
    return set(work.conn.scalars(sa.select(erased.c.person_id).where(erased.c.person_id.in_(person_ids))))


def erase(work: Work, person_id: UUID) -> None:
    """Her items go; what others began to write for her is finished first, what comes after knows."""
    # years of items take longer than an answer may
    work.conn.execute(sa.text("set local statement_timeout = '30s'"))
    work.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(person_id))))
    work.conn.execute(insert(erased).values(person_id=person_id).on_conflict_do_nothing())
    work.conn.execute(sa.delete(items).where(items.c.person_id == person_id))


def page(work: Work, person_id: UUID, *, after: str | None, limit: int) -> list[Item]:
    """Newest first, those past the cursor `after`."""
    query = sa.select(items).where(items.c.person_id == person_id)
    if after is not None:
        key = sa.tuple_(items.c.occurred_at, items.c.id)
        query = query.where(key < sa.tuple_(*cursor.decode(after, datetime, UUID)))
    query = query.order_by(items.c.occurred_at.desc(), items.c.id.desc()).limit(limit)
    return [Item(**row._mapping) for row in work.conn.execute(query)]


def _key(person_id: UUID) -> int:
    """The advisory lock of one person; one in 2^63 shares it, which only waits."""
    return person_id.int & (2**63 - 1)
