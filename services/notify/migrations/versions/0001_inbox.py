"""The items that people are told."""

import sqlalchemy as sa
from alembic import op

from shared.revisions import create_inbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_inbox()
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="items_pkey"),
    )
    op.create_index("items_person_ix", "items", ["person_id", "occurred_at", "id"])
