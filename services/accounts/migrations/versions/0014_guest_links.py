"""Guests ask for a fresh link to their visits."""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    "alter table asks drop constraint asks_kind_check",
    """
    alter table asks add constraint asks_kind_check check (
        kind in ('reset', 'deletion', 'attempts', 'registration', 'address', 'guest_link')
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
