"""The side that confirmed a visit, and the times that a patient gave up by moving it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("requests", sa.Column("confirmed_by", sa.Text))
    op.add_column("requests", sa.Column("left_behind", JSONB, nullable=False, server_default="[]"))
    op.alter_column("requests", "left_behind", server_default=None)
