"""Deletions, removals of factors, and tickets: what support works with."""

import sqlalchemy as sa

from services.accounts.store.tables.base import metadata, of_person, texts
from shared.db import instant

deletions = sa.Table(
    "deletions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("confirmed_at", instant(), nullable=False),
    sa.Column("erases_at", instant(), nullable=False),
    sa.Column("erased_at", instant()),
    texts("done_by"),
    sa.Column("was_listed", sa.Boolean, nullable=False),
    sa.CheckConstraint("state in ('closing', 'kept', 'erased')", name="state"),
    sa.Index("deletions_confirmed_ix", "confirmed_at", "id"),
    sa.Index("deletions_due_ix", "erases_at", postgresql_where="state = 'closing'"),
    sa.Index(
        "deletions_person_id_key", "person_id", unique=True, postgresql_where="state in ('closing', 'erased')"
    ),
)


factor_removals = sa.Table(
    "factor_removals",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    of_person(index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Uuid, nullable=False),
    sa.Column("asked_at", instant(), nullable=False),
    sa.Column("due_at", instant(), nullable=False),
    sa.Column("told_at", instant(), nullable=False),
    sa.Column("ended_at", instant()),
    sa.CheckConstraint("state in ('waiting', 'stopped', 'done')", name="state"),
    sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
    sa.Index("factor_removals_waiting_key", "person_id", unique=True, postgresql_where="state = 'waiting'"),
    sa.Index("factor_removals_asked_ix", "asked_at", "id"),
)


tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    of_person(nullable=True),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("device_type", sa.Text, nullable=False),
    sa.Column("app_version", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("opened_at", instant(), nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answered_at", instant()),
    sa.Index("tickets_opened_ix", "opened_at", "id"),
    sa.Index("tickets_person_ix", "person_id", "opened_at", "id"),
)
