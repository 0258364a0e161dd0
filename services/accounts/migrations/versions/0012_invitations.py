"""When an invitation ended without being accepted, and when a membership ended.

Of a membership that has ended already, the instant is not known: what invites its member back now is dead.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

CHANGES = (
    "alter table links add column ended_at timestamptz",
    "alter table links add constraint links_one_end_check check (num_nonnulls(used_at, ended_at) < 2)",
    "alter table memberships add column ended_at timestamptz",
    "update memberships set ended_at = now() where not active",
    "alter table memberships add constraint memberships_ended_check check (active or ended_at is not null)",
)


def upgrade() -> None:
    for each in CHANGES:
        op.execute(each)
