"""Tables of requests. What must never happen is refused here, whatever the code does."""

from collections.abc import Iterable
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from services.requests.domain.request import MOVES
from shared.contracts.requests import ServiceKind, VisitMode
from shared.db import inbox_table, instant, new_metadata, outbox_table

metadata = new_metadata()
outbox_table(metadata)
inbox_table(metadata)


def _one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    allowed = ", ".join(map(repr, sorted(values)))
    return sa.CheckConstraint(f"{column} in ({allowed})", name=column)


hours = sa.Table(
    "hours",
    metadata,
    sa.Column("professional_id", sa.Uuid, primary_key=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("weekly", JSONB, nullable=False),
)

services = sa.Table(
    "services",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("professional_id", sa.Uuid, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.CheckConstraint("minutes > 0", name="minutes"),
    _one_of("kind", get_args(ServiceKind)),
    _one_of("mode", get_args(VisitMode)),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("service_id", sa.Uuid, sa.ForeignKey("services.id"), nullable=False),
    sa.Column("service_name", sa.Text, nullable=False),
    sa.Column("starts_at", instant(), nullable=False),
    sa.Column("ends_at", instant(), nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("submitted_at", instant(), nullable=False),
    sa.Column("expires_at", instant(), nullable=False),
    _one_of("status", {"pending", *MOVES.values()}),
    sa.CheckConstraint("starts_at < ends_at", name="times"),
    ExcludeConstraint(
        ("professional_id", "="),
        (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
        where=sa.text("status in ('pending', 'confirmed')"),
        using="gist",
        name="requests_one_visit_at_a_time_excl",
    ),
    sa.Index("requests_patient_ix", "patient_id", "starts_at", "id"),
    sa.Index("requests_professional_ix", "professional_id", "starts_at", "id"),
    sa.Index("requests_overdue_ix", "expires_at", postgresql_where="status = 'pending'"),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("clinic_id", sa.Uuid, nullable=False),
    sa.Column("person_id", sa.Uuid, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _one_of("role", ("owner", "staff", "professional")),
    _one_of("state", ("active", "ended")),
    sa.Index("memberships_person_ix", "person_id", "clinic_id", postgresql_where="state = 'active'"),
)
"""What accounts told of clinics: the newest version of each membership."""

erased = sa.Table("erased", metadata, sa.Column("person_id", sa.Uuid, primary_key=True))
"""Whose accounts are gone: for them nothing new is written, however late it arrives."""

closings = sa.Table(
    "closings",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)
"""What accounts told of closed accounts: the newest version. While it is closed, nobody is received."""
