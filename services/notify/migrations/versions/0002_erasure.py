"""The erased accounts, and an outbox for the event that their inbox is erased."""

import sqlalchemy as sa
from alembic import op

from shared.revisions import create_outbox

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_outbox()
    op.create_table(
        "erased",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="erased_pkey"),
    )
