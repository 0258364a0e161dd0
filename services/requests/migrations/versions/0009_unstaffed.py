"""Requests whose professional has left the clinic."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("requests", sa.Column("unstaffed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("requests", "unstaffed", server_default=None)
