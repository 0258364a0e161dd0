"""The instant at which an authenticator app was added, and the numbers in a mail."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # not known for those that are there: a reset takes them for added since the address was proved
    "alter table totps add column added_at timestamptz",
    "alter table letters add column facts jsonb",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
