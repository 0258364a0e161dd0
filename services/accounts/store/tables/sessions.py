"""Sessions, and what proves who somebody is; limits on attempts."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.accounts.store.tables.base import metadata, of_person
from shared.db import instant

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    of_person(),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("device_id", sa.Uuid),
    sa.Column("device_name", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("signed_in_at", instant(), nullable=False),
    sa.Column("last_used_at", instant(), nullable=False),
    sa.Column("ended_at", instant()),
    sa.Column("proved_at", instant()),
    sa.Index("sessions_person_ix", "person_id", "last_used_at"),
    sa.Index("sessions_last_used_ix", "last_used_at"),
    sa.Index("sessions_ended_ix", "ended_at", postgresql_where="ended_at is not null"),
)


devices = sa.Table(
    "devices",
    metadata,
    of_person(primary_key=True),
    sa.Column("device_id", sa.Uuid, primary_key=True),
    sa.Column("seen_at", instant(), nullable=False, index=True),
)
"""Devices that a person was signed in on; `seen_at` is when a session began or ended there."""


totps = sa.Table(
    "totps",
    metadata,
    of_person(primary_key=True),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("recovery_hashes", ARRAY(sa.LargeBinary), nullable=False),
    sa.Column("added_at", instant()),
)


passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    of_person(index=True),
    sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("added_at", instant(), nullable=False),
    sa.Column("last_used_at", instant()),
)


challenges = sa.Table(
    "challenges",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    of_person(nullable=True, index=True),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", instant(), nullable=False, index=True),
)


throttle = sa.Table(
    "throttle",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("expires_at", instant(), nullable=False, index=True),
)
