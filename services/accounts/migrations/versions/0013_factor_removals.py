"""Second factors that support takes off after a wait."""

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    """
    create table factor_removals (
        id uuid not null,
        person_id uuid not null,
        state text not null,
        asked_by uuid not null,
        asked_at timestamptz not null,
        due_at timestamptz not null,
        told_at timestamptz not null,
        ended_at timestamptz,
        constraint factor_removals_pkey primary key (id),
        constraint factor_removals_person_id_fkey
            foreign key(person_id) references people (id) on delete cascade,
        constraint factor_removals_state_check check (state in ('waiting', 'stopped', 'done')),
        constraint factor_removals_ended_check check ((state = 'waiting') = (ended_at is null))
    )
    """,
    "create index factor_removals_person_id_ix on factor_removals (person_id)",
    "create unique index factor_removals_waiting_key on factor_removals (person_id) where state = 'waiting'",
    "create index factor_removals_asked_ix on factor_removals (asked_at, id)",
    "alter table links drop constraint links_kind_check",
    """
    alter table links add constraint links_kind_check check (
        kind in ('reset', 'invitation', 'deletion', 'keep', 'registration', 'address', 'factors')
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
