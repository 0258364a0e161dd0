"""Requests of guests with one address are counted together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("requests", sa.Column("counts_as", sa.Uuid))
    op.create_index(
        "requests_counts_as_ix", "requests", ["counts_as"], postgresql_where="counts_as is not null"
    )
