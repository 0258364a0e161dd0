"""Weekly hours, services and requests; nobody is seen by one professional twice at a time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.revisions import create_outbox

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    create_outbox()
    op.create_table(
        "hours",
        sa.Column("professional_id", sa.Uuid, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("weekly", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("professional_id", name="hours_pkey"),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("professional_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="services_pkey"),
        sa.CheckConstraint("minutes > 0", name="services_minutes_check"),
    )
    op.create_index("services_professional_id_ix", "services", ["professional_id"])
    op.create_table(
        "requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("patient_id", sa.Uuid, nullable=False),
        sa.Column("professional_id", sa.Uuid, nullable=False),
        sa.Column("service_id", sa.Uuid, nullable=False),
        sa.Column("service_name", sa.Text, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="requests_pkey"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="requests_service_id_fkey"),
        sa.CheckConstraint(
            "status in ('cancelled', 'completed', 'confirmed', 'declined', 'expired', 'pending')",
            name="requests_status_check",
        ),
        sa.CheckConstraint("starts_at < ends_at", name="requests_times_check"),
    )
    op.execute(
        """
        alter table requests add constraint requests_one_visit_at_a_time_excl
        exclude using gist (professional_id with =, tstzrange(starts_at, ends_at) with &&)
        where (status in ('pending', 'confirmed'))
        """
    )
    op.create_index("requests_patient_ix", "requests", ["patient_id", "starts_at", "id"])
    op.create_index("requests_professional_ix", "requests", ["professional_id", "starts_at", "id"])
    op.create_index("requests_overdue_ix", "requests", ["expires_at"], postgresql_where="status = 'pending'")
