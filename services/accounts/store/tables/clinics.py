"""Clinics and their members, who is whose patient, and the directory.

A unique index each keeps a person from being twice at the front desk, or twice a professional, of one clinic.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.accounts.store.tables.base import metadata, of_person, quoted, texts
from shared.contracts.accounts.values import ClinicRole
from shared.db import instant

clinics = sa.Table(
    "clinics",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("contact", JSONB, nullable=False),
    sa.Column("place", JSONB(none_as_null=True)),
)


memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("clinic_id", sa.Uuid, sa.ForeignKey("clinics.id", ondelete="CASCADE"), nullable=False),
    of_person(),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("since", instant(), nullable=False),
    sa.Column("ended_at", instant()),
    sa.Column("role_changed_at", instant()),
    sa.CheckConstraint(f"role in ({quoted(ClinicRole)})", name="role"),
    sa.CheckConstraint("active or ended_at is not null", name="ended"),
    sa.Index("memberships_clinic_ix", "clinic_id", "person_id"),
    sa.Index("memberships_person_ix", "person_id"),
    sa.Index(
        "memberships_front_desk_key",
        "clinic_id",
        "person_id",
        unique=True,
        postgresql_where="role in ('owner', 'staff')",
    ),
    sa.Index(
        "memberships_professional_key",
        "clinic_id",
        "person_id",
        unique=True,
        postgresql_where="role = 'professional'",
    ),
)


care = sa.Table(
    "care",
    metadata,
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("practice_id", sa.Uuid),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("ends_at", instant()),
    sa.Index("care_patient_ix", "patient_id", "professional_id"),
    sa.Index("care_professional_ix", "professional_id"),
)
"""`practice_id` is null where it was never told: such a visit is the professional's alone."""


listings = sa.Table(
    "listings",
    metadata,
    sa.Column("professional_id", sa.Uuid, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded_name", sa.Text, nullable=False),
    sa.Column("photo_url", sa.Text),
    texts("languages"),
    sa.Column("listed", sa.Boolean, nullable=False),
    texts("specialties"),
    sa.Column("accepting_new_patients", sa.Boolean, nullable=False),
    sa.Column("contact", JSONB, nullable=False),
    sa.Column("place", JSONB(none_as_null=True)),
    texts("services"),
    texts("modes"),
    sa.Index("listings_name_ix", "name", "professional_id", postgresql_where="listed"),
    sa.Index(
        "listings_folded_name_ix",
        "folded_name",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    ),
    sa.Index("listings_specialties_ix", "specialties", postgresql_using="gin"),
    sa.Index("listings_languages_ix", "languages", postgresql_using="gin"),
    sa.Index("listings_services_ix", "services", postgresql_using="gin"),
)


offered = sa.Table(
    "offered",
    metadata,
    sa.Column("service_id", sa.Uuid, primary_key=True),
    sa.Column("professional_id", sa.Uuid, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("offered", sa.Boolean, nullable=False),
)
"""The newest version of each service that requests published, also of a withdrawn one."""


points = sa.Table(
    "points",
    metadata,
    sa.Column(
        "professional_id",
        sa.Uuid,
        sa.ForeignKey("listings.professional_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("at_id", sa.Uuid, primary_key=True),
    sa.Column("latitude", sa.Double, nullable=False),
    sa.Column("longitude", sa.Double, nullable=False),
    sa.Index("points_place_ix", "latitude", "longitude"),
)
