"""Calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("key_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "side", name="feeds_pkey"),
        sa.UniqueConstraint("token_hash", name="feeds_token_hash_key"),
        sa.CheckConstraint("side in ('patient', 'professional')", name=op.f("feeds_side_check")),
    )
