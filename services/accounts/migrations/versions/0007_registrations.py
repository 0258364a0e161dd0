"""Registrations that wait for their address to be proved, and when an address was."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    "alter table people add column proved_at timestamptz",
    """
    create table registrations (
        id uuid not null,
        email text not null,
        name text not null,
        role text not null,
        password_hash text not null,
        stands_alone boolean not null,
        expires_at timestamptz not null,
        tries integer not null,
        account_id uuid,
        constraint registrations_pkey primary key (id),
        constraint registrations_account_id_fkey
            foreign key(account_id) references people (id) on delete cascade,
        constraint registrations_role_check check (role in ('patient', 'professional', 'clinic')),
        constraint registrations_tries_check check (tries between 0 and 5)
    )
    """,
    "create index registrations_email_ix on registrations (email)",
    "create index registrations_expires_at_ix on registrations (expires_at)",
    "create index registrations_account_id_ix on registrations (account_id)",
    "alter table asks add column object_id uuid, drop constraint asks_kind_check",
    """
    alter table asks add constraint asks_kind_check check (
        kind in ('reset', 'deletion', 'attempts', 'registration')
    )
    """,
    "alter table links drop constraint links_kind_check, drop constraint links_whose_check",
    """
    alter table links add constraint links_kind_check check (
        kind in ('reset', 'invitation', 'deletion', 'keep', 'registration')
    )
    """,
    """
    alter table links add constraint links_whose_check check (
        case kind
        when 'invitation' then person_id is null and num_nulls(email, clinic_id, clinic_role) = 0
        when 'registration' then
            person_id is null and email is not null and num_nonnulls(clinic_id, clinic_role) = 0
        else person_id is not null and num_nonnulls(email, clinic_id, clinic_role) = 0 end
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
