"""Kinds and modes of services, memberships of clinics, and erased people.

Services that existed before are published now, as searches need an event for each.
"""

from datetime import UTC, datetime
from uuid import uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.revisions import create_inbox

revision = "0002"
down_revision = "0001"

KINDS = """
    'certificate', 'check_up', 'consultation', 'first_visit', 'follow_up', 'other', 'prescription',
    'procedure', 'second_opinion', 'test', 'therapy_session', 'vaccination'
"""
OFFERED = "requests.service_offered.v1"


def upgrade() -> None:
    create_inbox()
    for column, value in (("kind", "consultation"), ("mode", "in_person")):
        op.add_column("services", sa.Column(column, sa.Text, nullable=False, server_default=value))
        op.alter_column("services", column, server_default=None)
    op.create_check_constraint(op.f("services_kind_check"), "services", f"kind in ({KINDS})")
    op.create_check_constraint(op.f("services_mode_check"), "services", "mode in ('in_person', 'video')")
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("clinic_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="memberships_pkey"),
        sa.CheckConstraint("role in ('owner', 'professional', 'staff')", name=op.f("memberships_role_check")),
        sa.CheckConstraint("state in ('active', 'ended')", name=op.f("memberships_state_check")),
    )
    op.create_index(
        "memberships_person_ix",
        "memberships",
        ["person_id", "clinic_id"],
        postgresql_where="state = 'active'",
    )
    op.create_table(
        "erased",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="erased_pkey"),
    )
    op.create_table(
        "closings",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="closings_pkey"),
    )
    _offer_what_is_there()


def _offer_what_is_there() -> None:
    services = op.get_bind().execute(sa.text("select id, professional_id, kind, mode from services"))
    now = datetime.now(UTC).isoformat()
    rows = [
        {
            "topic": OFFERED,
            "body": {
                "event_id": str(uuid5(service.id, f"{OFFERED}/1")),
                "occurred_at": now,
                "version": 1,
                "service_id": str(service.id),
                "professional_id": str(service.professional_id),
                "kind": service.kind,
                "mode": service.mode,
            },
        }
        for service in services
    ]
    op.bulk_insert(sa.table("outbox", sa.column("topic", sa.Text), sa.column("body", JSONB)), rows)
