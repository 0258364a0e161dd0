"""Guests, and until when a visit's link is good."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    create table guests (
        id uuid not null,
        email text,
        name text,
        phone text,
        welcomed_at timestamptz not null,
        expected boolean not null,
        joined uuid,
        constraint guests_pkey primary key (id),
        constraint guests_joined_fkey foreign key(joined) references people (id) on delete cascade,
        constraint guests_whose_check check (
            case when joined is null then num_nulls(email, name) = 0
            else num_nonnulls(email, name, phone) = 0 end
        )
    )
    """,
    "create index guests_email_ix on guests (email)",
    "create index guests_joined_ix on guests (joined)",
    "create index guests_unexpected_ix on guests (welcomed_at) where not expected",
    "alter table care add column ends_at timestamptz",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
