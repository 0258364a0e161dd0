"""The instant at which a calendar feed was created."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("alter table feeds add column opened_at timestamptz not null default now()")
    op.execute("alter table feeds alter column opened_at drop default")
