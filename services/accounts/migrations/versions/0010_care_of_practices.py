"""Who is whose patient, by the practice of the visit.

Of visits that are known already nobody told where they are: they stay the professional's alone until the next
step in their life is told.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("alter table care add column practice_id uuid")
