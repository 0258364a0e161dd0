"""The instant at which the person of a session last proved who they are."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("alter table sessions add column proved_at timestamptz")
