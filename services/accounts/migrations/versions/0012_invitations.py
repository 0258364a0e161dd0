"""The end of an invitation that nobody accepted, and the end of a membership.

The instant at which earlier memberships ended is unknown: invitations to their members are ended now.
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
