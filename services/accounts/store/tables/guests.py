"""Guests."""

import sqlalchemy as sa

from services.accounts.store.tables.base import metadata
from shared.db import instant

guests = sa.Table(
    "guests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, index=True),
    sa.Column("name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("welcomed_at", instant(), nullable=False),
    sa.Column("expected", sa.Boolean, nullable=False),
    sa.Column("joined", sa.Uuid, sa.ForeignKey("people.id", ondelete="CASCADE"), index=True),
    sa.CheckConstraint(
        "case when joined is null then num_nulls(email, name) = 0"
        " else num_nonnulls(email, name, phone) = 0 end",
        name="whose",
    ),
    sa.Index("guests_unexpected_ix", "welcomed_at", postgresql_where="not expected"),
)

erased_guests = sa.Table("erased_guests", metadata, sa.Column("id", sa.Uuid, primary_key=True))
"""Nobody is welcomed again with one of these ids."""
