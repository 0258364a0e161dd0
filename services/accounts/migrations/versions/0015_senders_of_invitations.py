"""The sender of an invitation, and the time at which a member was last given another role.

Of what was sent before, the sender is not known: those invitations are good for their seven days.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

CHANGES = (
    "alter table links add column invited_by uuid",
    "alter table links add constraint links_sender_check check (invited_by is null or kind = 'invitation')",
    "alter table memberships add column role_changed_at timestamptz",
)


def upgrade() -> None:
    for each in CHANGES:
        op.execute(each)
