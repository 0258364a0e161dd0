"""People and registrations, their addresses and dependents, and the access log.

Nothing is ever deleted from the access log; all other rows of a person go with the person.
"""

import sqlalchemy as sa

from services.accounts.store.tables.base import metadata, of_person, quoted, texts
from shared.contracts.accounts.values import OwnRole, Role
from shared.db import instant

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    texts("roles"),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("stands_alone", sa.Boolean, nullable=False),
    sa.Column("registered_at", instant(), nullable=False),
    sa.Column("phone", sa.Text),
    texts("languages"),
    sa.Column("time_zone", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("photo_url", sa.Text),
    sa.Column("erases_at", instant()),
    sa.Column("proved_at", instant()),
    sa.CheckConstraint(f"roles <> '{{}}' and roles <@ array[{quoted(Role)}]", name="roles"),
)


registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("proof_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("stands_alone", sa.Boolean, nullable=False),
    sa.Column("expires_at", instant(), nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("account_id", sa.Uuid, sa.ForeignKey("people.id", ondelete="CASCADE"), index=True),
    sa.CheckConstraint(f"role in ({quoted(OwnRole)})", name="role"),
    sa.CheckConstraint("tries between 0 and 5", name="tries"),
)


addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("email", sa.Text, primary_key=True),
    of_person(index=True),
    sa.Column("until", instant(), index=True),
    sa.Index("addresses_own_key", "person_id", unique=True, postgresql_where="until is null"),
)


address_changes = sa.Table(
    "address_changes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("proof_id", sa.Uuid, nullable=False, unique=True),
    of_person(index=True),
    sa.Column("new_email", sa.Text, nullable=False),
    sa.Column("expires_at", instant(), nullable=False, index=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("old_email", sa.Text, index=True),
    sa.Column("proved_before", instant()),
    sa.Column("confirmed_at", instant()),
    sa.Column("undone_at", instant()),
    sa.CheckConstraint("tries between 0 and 5", name="tries"),
    sa.CheckConstraint("(confirmed_at is null) = (old_email is null)", name="confirmed"),
)


dependents = sa.Table(
    "dependents",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    of_person(index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("relationship", sa.Text, nullable=False),
    sa.Column("born_on", sa.Date),
)


access_log = sa.Table(
    "audit",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("at", instant(), nullable=False),
    sa.Column("actor_id", sa.Uuid, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object_id", sa.Uuid, nullable=False),
    sa.Index("audit_subject_ix", "subject_id", "position"),
)
