"""The inbox: one row for each thing a person was told. (The table `inbox` is the bus's, not hers.)"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.notify.domain import Item
from shared import cursor
from shared.db import Work, inbox_table, instant, new_metadata

metadata = new_metadata()
inbox_table(metadata)

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


def add(work: Work, told: Iterable[Item]) -> None:
    work.conn.execute(sa.insert(items), [asdict(each) for each in told])


def page(work: Work, person_id: UUID, *, after: str | None, limit: int) -> list[Item]:
    """Newest first, those past the cursor `after`."""
    query = sa.select(items).where(items.c.person_id == person_id)
    if after is not None:
        key = sa.tuple_(items.c.occurred_at, items.c.id)
        query = query.where(key < sa.tuple_(*cursor.decode(after, datetime, UUID)))
    query = query.order_by(items.c.occurred_at.desc(), items.c.id.desc()).limit(limit)
    return [Item(**row._mapping) for row in work.conn.execute(query)]
