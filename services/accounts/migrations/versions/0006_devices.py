"""Devices that people were signed in on, and what owners are told of attempts to sign in."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    create table devices (
        person_id uuid not null,
        device_id uuid not null,
        seen_at timestamptz not null,
        constraint devices_pkey primary key (person_id, device_id),
        constraint devices_person_id_fkey foreign key(person_id) references people (id) on delete cascade
    )
    """,
    "create index devices_seen_at_ix on devices (seen_at)",
    """
    insert into devices select person_id, device_id, max(last_used_at) from sessions
    where device_id is not null group by person_id, device_id
    """,
    "delete from throttle",
    "alter table asks drop constraint asks_kind_check",
    "alter table asks add constraint asks_kind_check check (kind in ('reset', 'deletion', 'attempts'))",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
