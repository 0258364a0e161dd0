"""Services, exceptions, booking settings and holds belong to a practice.

Services and exceptions everywhere stay the professional's own. The settings are copied to each practice where
the professional has hours or visits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SETTINGS_EVERYWHERE = """
    insert into calendars (professional_id, practice_id, version, settings)
    select distinct c.professional_id, p.practice_id, c.version, c.settings
    from calendars c
    join (
        select h.professional_id, l.practice_id from hours h join locations l on l.id = h.location_id
        union
        select professional_id, practice_id from requests
    ) p on p.professional_id = c.professional_id
    where p.practice_id <> c.professional_id
"""


def upgrade() -> None:
    for table in ("services", "exceptions", "calendars", "holds"):
        op.add_column(table, sa.Column("practice_id", sa.Uuid))
    op.execute(
        "update exceptions e set practice_id = l.practice_id from locations l where l.id = e.location_id"
    )
    op.execute("update holds h set practice_id = r.practice_id from requests r where r.id = h.request_id")
    op.alter_column("holds", "practice_id", nullable=False)
    op.execute("update calendars set practice_id = professional_id")
    op.drop_constraint("calendars_pkey", "calendars")
    op.create_primary_key("calendars_pkey", "calendars", ["professional_id", "practice_id"])
    op.execute(SETTINGS_EVERYWHERE)
