"""Care relations by the practice of the request.

The practice of known requests is unknown here: they stay the professional's alone until the next event about
them.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("alter table care add column practice_id uuid")
