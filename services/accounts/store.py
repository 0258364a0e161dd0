"""The table of accounts."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain import Account
from shared import cursor
from shared.db import Work, instant, new_metadata

metadata = new_metadata()

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("registered_at", instant(), nullable=False),
    sa.CheckConstraint("role in ('patient', 'professional')", name="role"),
    sa.Index("accounts_professionals_ix", "name", "id", postgresql_where="role = 'professional'"),
)


def add(work: Work, account: Account) -> bool:
    """False, and nothing is changed, when the id or the address is taken."""
    row = insert(accounts).values(asdict(account)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def find(work: Work, account_id: UUID) -> Account | None:
    return _one(work, accounts.c.id == account_id)


def find_by_email(work: Work, email: str) -> Account | None:
    return _one(work, accounts.c.email == email)


def professionals(work: Work, *, after: str | None, limit: int) -> list[Account]:
    """By name, those past the cursor `after`."""
    query = sa.select(accounts).where(accounts.c.role == "professional")
    if after is not None:
        key = sa.tuple_(accounts.c.name, accounts.c.id)
        query = query.where(key > sa.tuple_(*cursor.decode(after, str, UUID)))
    query = query.order_by(accounts.c.name, accounts.c.id).limit(limit)
    return [Account(**row._mapping) for row in work.conn.execute(query)]


def _one(work: Work, condition: sa.ColumnElement[bool]) -> Account | None:
    row = work.conn.execute(sa.select(accounts).where(condition)).one_or_none()
    return Account(**row._mapping) if row else None
