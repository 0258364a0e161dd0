"""The inbox: one row for each item of a person. (The table `inbox` belongs to the bus.)"""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.notify.domain import Item
from shared.db import Work, inbox_table, instant, new_metadata, outbox_table
from shared.rows import Rows

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

_rows = Rows(items, Item)

erased = sa.Table("erased", metadata, sa.Column("person_id", sa.Uuid, primary_key=True))
"""The erased people: they get no new items, however late an event arrives."""


def add(work: Work, told: Iterable[Item]) -> None:
    if rows := [_rows.write(each) for each in told]:
        work.conn.execute(sa.insert(items), rows)


def erased_among(work: Work, *person_ids: UUID) -> set[UUID]:
    """Return those of these people who are erased; none of the others will be before the transaction ends.

    Locked and read in two statements: the second sees what was committed while the first waited.
    """
    work.lock_shared(*person_ids)
    return set(work.conn.scalars(sa.select(erased.c.person_id).where(erased.c.person_id.in_(person_ids))))


def erase(work: Work, person_id: UUID) -> None:
    """Delete the items of a person, once transactions that hold their shared lock are done."""
    work.take_time()
    work.lock_exclusive(person_id)
    work.conn.execute(insert(erased).values(person_id=person_id).on_conflict_do_nothing())
    work.conn.execute(sa.delete(items).where(items.c.person_id == person_id))


def hand_over(work: Work, guest_id: UUID, person_id: UUID) -> None:
    """Hand the items of a guest over to the person; drop them if that person is erased."""
    work.lock_exclusive(guest_id)
    gone = erased_among(work, person_id)
    statement = sa.delete(items) if gone else sa.update(items).values(person_id=person_id)
    work.conn.execute(statement.where(items.c.person_id == guest_id))


def page(work: Work, person_id: UUID, *, after: str | None, limit: int) -> list[Item]:
    """Return the items of a person, newest first, past the cursor `after`."""
    return _rows.page(work, items.c.person_id == person_id, at=items.c.occurred_at, after=after, limit=limit)
