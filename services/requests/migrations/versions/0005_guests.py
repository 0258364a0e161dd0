"""Requests of guests, which nobody sees before they are verified."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("requests", sa.Column("verified", sa.Boolean, nullable=False, server_default=sa.true()))
    op.alter_column("requests", "verified", server_default=None)
    op.create_check_constraint(
        op.f("requests_verified_check"),
        "requests",
        "verified or status in ('pending', 'cancelled', 'expired')",
    )
