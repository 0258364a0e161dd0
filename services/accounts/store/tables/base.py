"""Columns that the tables share."""

from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db import inbox_table, new_metadata, outbox_table

metadata = new_metadata()
outbox_table(metadata)
inbox_table(metadata)


def of_person(**options: Any) -> sa.Column[Any]:
    """Return the column of the person to whom a row belongs; the row is deleted with them."""
    owner = sa.ForeignKey("people.id", ondelete="CASCADE")
    return sa.Column("person_id", sa.Uuid, owner, **{"nullable": False, **options})


def texts(name: str) -> sa.Column[Any]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False)


def quoted(values: Any) -> str:
    """Return the values of a Literal, as SQL writes them."""
    return ", ".join(repr(value) for value in get_args(values))
