"""Rows of one table as frozen values: a value is a dataclass with a field for each column it needs.

What a caller asks of several tables, or in an order of its own, stands in the stores of the services.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert

from shared.db import Work, newest_first

Value = TypeVar("Value")


class Rows(Generic[Value]):
    """Reads and writes the rows of `table` as values of `kind`; `readers` are for columns of JSON."""

    def __init__(self, table: sa.Table, kind: type[Value], **readers: Callable[[Any], Any]) -> None:
        self._table, self._kind, self._readers = table, kind, readers
        self._names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        self._key = list(table.primary_key.columns)

    def insert(self, work: Work, value: Value) -> None:
        """Insert a row. Raises `IntegrityError` if a constraint keeps it out."""
        work.conn.execute(sa.insert(self._table).values(self.write(value)))

    def add(self, work: Work, value: Value) -> bool:
        """Insert a row; return False, and change nothing, if a constraint keeps it out."""
        row = insert(self._table).values(self.write(value)).on_conflict_do_nothing()
        return work.conn.execute(row).rowcount == 1

    def put(self, work: Work, value: Value, **more: Any) -> None:
        """Insert a row, or replace the one that has its key; `more` are columns that no field has."""
        row = self.write(value) | more
        query = insert(self._table).values(row)
        work.conn.execute(query.on_conflict_do_update(index_elements=self._key, set_=row))

    def put_next(self, work: Work, value: Value, **more: Any) -> bool:
        """Store the version that follows the stored one; return False, and change nothing, if it does not."""
        row = self.write(value) | more
        follows = self._table.c.version == row["version"] - 1
        query = insert(self._table).values(row)
        query = query.on_conflict_do_update(index_elements=self._key, set_=row, where=follows)
        return work.conn.execute(query).rowcount == 1

    def save(self, work: Work, value: Value) -> None:
        """Update the row that has the key of `value`."""
        row = self.write(value)
        same = (column == row[column.name] for column in self._key)
        work.conn.execute(sa.update(self._table).where(*same).values(row))

    def find(self, work: Work, key: UUID, *, to_change: bool = False) -> Value | None:
        """Return the row with this key; `to_change` locks it until the end of the transaction."""
        return self.one(work, self._key[0] == key, to_change=to_change)

    def one(self, work: Work, *where: sa.ColumnElement[bool], to_change: bool = False) -> Value | None:
        """Return the only row there is, if any; `to_change` locks it until the end of the transaction."""
        query = sa.select(self._table).where(*where)
        row = work.conn.execute(query.with_for_update() if to_change else query).one_or_none()
        return self.read(row) if row else None

    def many(
        self, work: Work, *where: sa.ColumnElement[bool], order: Sequence[Any] = (), to_change: bool = False
    ) -> list[Value]:
        """Return all of these rows, in order; `to_change` locks them until the end of the transaction."""
        query = sa.select(self._table).where(*where).order_by(*order)
        return self.read_all(work.conn.execute(query.with_for_update() if to_change else query))

    def page(
        self, work: Work, *where: sa.ColumnElement[bool], at: sa.Column[Any], after: str | None, limit: int
    ) -> list[Value]:
        """Return rows, newest first by the instant `at`, past the cursor `after`."""
        query = sa.select(self._table).where(*where)
        query = newest_first(query, at, self._key[0], after=after, limit=limit)
        return self.read_all(work.conn.execute(query))

    def read(self, row: sa.Row[Any]) -> Value:
        values = {name: row._mapping[name] for name in self._names}
        for name, value in values.items():
            if isinstance(value, list):
                values[name] = tuple(value)
            elif value is not None and name in self._readers:
                values[name] = self._readers[name](value)
        return self._kind(**values)

    def read_all(self, found: sa.CursorResult[Any]) -> list[Value]:
        return [self.read(row) for row in found]

    def write(self, value: Value) -> dict[str, Any]:
        """Return the columns of a value: tuples as lists, messages as JSON."""
        return {name: _column(getattr(value, name)) for name in self._names}


def _column(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, tuple) else value
