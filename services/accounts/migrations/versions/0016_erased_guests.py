"""The id of a guest who was erased is never used again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table("erased_guests", sa.Column("id", sa.Uuid, primary_key=True))
