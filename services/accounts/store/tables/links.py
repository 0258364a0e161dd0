"""Mailed links, and mails that wait to be sent."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.accounts.store.tables.base import metadata, of_person, quoted
from shared.contracts.accounts.recovery import LinkKind
from shared.db import instant

links = sa.Table(
    "links",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("expires_at", instant(), nullable=False, index=True),
    of_person(nullable=True, index=True),
    sa.Column("email", sa.Text),
    sa.Column("clinic_id", sa.Uuid, sa.ForeignKey("clinics.id", ondelete="CASCADE")),
    sa.Column("clinic_role", sa.Text),
    sa.Column("invited_by", sa.Uuid),
    sa.Column("used_at", instant()),
    sa.Column("ended_at", instant()),
    sa.CheckConstraint(f"kind in ({quoted(LinkKind)})", name="kind"),
    sa.CheckConstraint(
        "case kind when 'invitation' then person_id is null and num_nulls(email, clinic_id, clinic_role) = 0"
        " when 'registration' then person_id is null and email is not null"
        " and num_nonnulls(clinic_id, clinic_role) = 0"
        " else person_id is not null and num_nonnulls(email, clinic_id, clinic_role) = 0 end",
        name="whose",
    ),
    sa.CheckConstraint("num_nonnulls(used_at, ended_at) < 2", name="one_end"),
    sa.CheckConstraint("invited_by is null or kind = 'invitation'", name="sender"),
    sa.Index("links_clinic_ix", "clinic_id"),
)


mail_requests = sa.Table(
    "asks",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("object_id", sa.Uuid),
    sa.CheckConstraint(
        "kind in ('reset', 'deletion', 'attempts', 'registration', 'address', 'guest_link')", name="kind"
    ),
)


mails = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("object_id", sa.Uuid),
    sa.Column("facts", JSONB(none_as_null=True)),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", instant(), nullable=False, index=True),
    sa.Column("give_up_at", instant(), nullable=False),
)
