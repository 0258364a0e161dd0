"""Addresses belong to one account at a time, also for a while after a change."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    """
    create table addresses (
        email text not null,
        person_id uuid not null,
        until timestamptz,
        constraint addresses_pkey primary key (email),
        constraint addresses_person_id_fkey foreign key(person_id) references people (id) on delete cascade
    )
    """,
    "create index addresses_person_id_ix on addresses (person_id)",
    "create unique index addresses_own_key on addresses (person_id) where until is null",
    "create index addresses_until_ix on addresses (until)",
    "insert into addresses (email, person_id) select email, id from people",
    """
    create table address_changes (
        id uuid not null,
        person_id uuid not null,
        new_email text not null,
        expires_at timestamptz not null,
        tries integer not null,
        old_email text,
        proved_before timestamptz,
        confirmed_at timestamptz,
        undone_at timestamptz,
        constraint address_changes_pkey primary key (id),
        constraint address_changes_person_id_fkey
            foreign key(person_id) references people (id) on delete cascade,
        constraint address_changes_tries_check check (tries between 0 and 5),
        constraint address_changes_confirmed_check check ((confirmed_at is null) = (old_email is null))
    )
    """,
    "create index address_changes_person_id_ix on address_changes (person_id)",
    "create index address_changes_old_email_ix on address_changes (old_email)",
    "create index address_changes_expires_at_ix on address_changes (expires_at)",
    "alter table asks drop constraint asks_kind_check",
    """
    alter table asks add constraint asks_kind_check check (
        kind in ('reset', 'deletion', 'attempts', 'registration', 'address')
    )
    """,
    "alter table links drop constraint links_kind_check",
    """
    alter table links add constraint links_kind_check check (
        kind in ('reset', 'invitation', 'deletion', 'keep', 'registration', 'address')
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
