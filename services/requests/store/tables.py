"""Tables of requests, with the constraints that hold whatever the code does.

Queries live in the other modules of `store`. No two holds of one professional overlap, unless they are of one
request.
"""

from collections.abc import Iterable
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

from services.requests.domain.life_cycle import MOVES
from shared.contracts.requests.hours import ExceptionKind
from shared.contracts.requests.values import AppointmentMode, DeclineReason, Outcome, ServiceKind, Side
from shared.db import inbox_table, instant, new_metadata, outbox_table

metadata = new_metadata()
outbox_table(metadata)
inbox_table(metadata)


def _one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    allowed = ", ".join(map(repr, sorted(values)))
    return sa.CheckConstraint(f"{column} in ({allowed})", name=column)


locations = sa.Table(
    "locations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("practice_id", sa.Uuid, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("country", sa.Text),
    sa.Column("subdivision", sa.Text),
)
"""A practice is a clinic, or a professional who works alone."""

hours = sa.Table(
    "hours",
    metadata,
    sa.Column("professional_id", sa.Uuid, primary_key=True),
    sa.Column("location_id", sa.Uuid, sa.ForeignKey("locations.id"), primary_key=True, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("weekly", JSONB, nullable=False),
)

overrides = sa.Table(
    "exceptions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("practice_id", sa.Uuid),
    sa.Column("location_id", sa.Uuid, sa.ForeignKey("locations.id")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("hours", JSONB, nullable=False),
    _one_of("kind", get_args(ExceptionKind)),
    sa.CheckConstraint("first_day <= last_day", name="days"),
    sa.Index("exceptions_professional_ix", "professional_id", "last_day"),
)
"""Exceptions without a practice hold wherever the professional works."""

booking_settings = sa.Table(
    "calendars",
    metadata,
    sa.Column("professional_id", sa.Uuid, primary_key=True),
    sa.Column("practice_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("settings", JSONB, nullable=False),
)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("practice_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("settings", JSONB, nullable=False),
)

services = sa.Table(
    "services",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("professional_id", sa.Uuid, nullable=False, index=True),
    sa.Column("practice_id", sa.Uuid),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("settings", JSONB, nullable=False),
    _one_of("kind", get_args(ServiceKind)),
    _one_of("mode", get_args(AppointmentMode)),
)
"""Services without a practice are the professional's, who may offer them wherever they work."""

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("counts_as", sa.Uuid),
    sa.Column("dependent_id", sa.Uuid),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("practice_id", sa.Uuid, nullable=False),
    sa.Column("location_id", sa.Uuid, sa.ForeignKey("locations.id"), nullable=False),
    sa.Column("service_id", sa.Uuid, sa.ForeignKey("services.id"), nullable=False),
    sa.Column("service_name", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("starts_at", instant(), nullable=False),
    sa.Column("ends_at", instant(), nullable=False),
    sa.Column("held", TSTZRANGE, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("first_starts_at", instant(), nullable=False),
    sa.Column("submitted_at", instant(), nullable=False),
    sa.Column("submitted_by", sa.Text, nullable=False),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("unstaffed", sa.Boolean, nullable=False),
    sa.Column("expires_at", instant(), nullable=False),
    sa.Column("confirmed_at", instant()),
    sa.Column("confirmed_version", sa.Integer),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("ended_at", instant()),
    sa.Column("reopened_at", instant()),
    sa.Column("price", JSONB(none_as_null=True)),
    sa.Column("terms", JSONB(none_as_null=True)),
    sa.Column("fee", JSONB(none_as_null=True)),
    sa.Column("decline_reason", sa.Text),
    sa.Column("proposal", JSONB(none_as_null=True)),
    sa.Column("left_behind", JSONB, nullable=False),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.Column("due_at", instant()),
    sa.Column("changed_in", sa.BigInteger, nullable=False),
    _one_of("status", {"pending", *MOVES.values()}),
    _one_of("outcome", get_args(Outcome)),
    _one_of("mode", get_args(AppointmentMode)),
    _one_of("submitted_by", get_args(Side)),
    _one_of("decline_reason", get_args(DeclineReason)),
    sa.CheckConstraint("verified or status in ('pending', 'cancelled', 'expired')", name="verified"),
    sa.CheckConstraint("starts_at < ends_at", name="times"),
    sa.CheckConstraint("held @> tstzrange(starts_at, ends_at)", name="held"),
    sa.CheckConstraint("(status = 'completed') = (outcome is not null)", name="completed"),
    sa.CheckConstraint("status not in ('confirmed', 'completed') or terms is not null", name="promised"),
    sa.Index("requests_patient_ix", "patient_id", "starts_at", "id"),
    sa.Index("requests_counts_as_ix", "counts_as", postgresql_where="counts_as is not null"),
    sa.Index("requests_professional_ix", "professional_id", "starts_at", "id"),
    sa.Index("requests_practice_ix", "practice_id", "starts_at", "id"),
    sa.Index(
        "requests_waiting_ix", "professional_id", "submitted_at", "id", postgresql_where="status = 'pending'"
    ),
    sa.Index("requests_patient_changes_ix", "patient_id", "changed_in", "id"),
    sa.Index("requests_professional_changes_ix", "professional_id", "changed_in", "id"),
    sa.Index("requests_due_ix", "due_at", postgresql_where="due_at is not null"),
)
"""`proposal` is the newest one; `words` are the notes, encrypted with a key of the patient; `left_behind`
has the times that the patient gave up by moving it. `due_at` is the next instant at which time changes it,
and `changed_in` the transaction of the last change."""

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("professional_id", sa.Uuid, nullable=False),
    sa.Column("practice_id", sa.Uuid, nullable=False),
    sa.Column("during", TSTZRANGE, nullable=False),
    sa.Column("visit_starts_at", instant(), nullable=False),
    ExcludeConstraint(
        ("professional_id", "="),
        ("during", "&&"),
        ("request_id", "<>"),
        using="gist",
        name="holds_one_visit_at_a_time_excl",
    ),
)
"""Intervals that no other request can take."""

patient_keys = sa.Table(
    "patient_keys",
    metadata,
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
"""The key of each patient's notes, wrapped by the master key, which the database never has."""

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("key_id", sa.Uuid, nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("opened_at", instant(), nullable=False),
    _one_of("side", get_args(Side)),
)
"""Private links to the visits of one person on one side; `key_id` stands for who made it, with which key."""

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
    sa.Index("memberships_clinic_ix", "clinic_id", postgresql_where="state = 'active'"),
)
"""Memberships as accounts published them: the newest version of each."""

erased = sa.Table("erased", metadata, sa.Column("person_id", sa.Uuid, primary_key=True))
"""Erased accounts: nothing new is written for them, however late it arrives."""

closings = sa.Table(
    "closings",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)
"""Closed accounts as accounts published them, the newest version; a closed account receives no requests."""
