"""Services that are offered no longer leave the directory."""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    "alter table offered add column version integer not null default 1",
    "alter table offered add column offered boolean not null default true",
    "alter table offered alter column version drop default",
    "alter table offered alter column offered drop default",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
