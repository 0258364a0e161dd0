"""Clinics and their members, the directory, mailed links, deletions and tickets."""

import sqlalchemy as sa
from alembic import op
from anyascii import anyascii

revision = "0003"
down_revision = "0002"

TABLES = (
    "create extension if not exists pg_trgm",
    """
    create table clinics (
        id uuid not null,
        version integer not null,
        name text not null,
        contact jsonb not null,
        place jsonb,
        constraint clinics_pkey primary key (id)
    )
    """,
    """
    create table memberships (
        id uuid not null,
        version integer not null,
        clinic_id uuid not null,
        person_id uuid not null,
        role text not null,
        active boolean not null,
        since timestamptz not null,
        constraint memberships_pkey primary key (id),
        constraint memberships_role_check check (role in ('owner', 'staff', 'professional')),
        constraint memberships_clinic_id_fkey foreign key(clinic_id)
            references clinics (id) on delete cascade,
        constraint memberships_person_id_fkey foreign key(person_id)
            references people (id) on delete cascade
    )
    """,
    "create index memberships_clinic_ix on memberships (clinic_id, person_id)",
    """
    create unique index memberships_front_desk_key on memberships (clinic_id, person_id)
    where role in ('owner', 'staff')
    """,
    "create index memberships_person_ix on memberships (person_id)",
    """
    create unique index memberships_professional_key on memberships (clinic_id, person_id)
    where role = 'professional'
    """,
    """
    create table care (
        request_id uuid not null,
        version integer not null,
        patient_id uuid not null,
        professional_id uuid not null,
        status text not null,
        constraint care_pkey primary key (request_id)
    )
    """,
    "create index care_patient_ix on care (patient_id, professional_id)",
    "create index care_professional_ix on care (professional_id)",
    """
    create table listings (
        professional_id uuid not null,
        version integer not null,
        name text not null,
        folded_name text not null,
        photo_url text,
        languages text[] not null,
        listed boolean not null,
        specialties text[] not null,
        accepting_new_patients boolean not null,
        contact jsonb not null,
        place jsonb,
        services text[] not null,
        modes text[] not null,
        constraint listings_pkey primary key (professional_id),
        constraint listings_professional_id_fkey foreign key(professional_id)
            references people (id) on delete cascade
    )
    """,
    "create index listings_folded_name_ix on listings using gin (folded_name gin_trgm_ops)",
    "create index listings_languages_ix on listings using gin (languages)",
    "create index listings_name_ix on listings (name, professional_id) where listed",
    "create index listings_services_ix on listings using gin (services)",
    "create index listings_specialties_ix on listings using gin (specialties)",
    """
    create table offered (
        service_id uuid not null,
        professional_id uuid not null,
        kind text not null,
        mode text not null,
        constraint offered_pkey primary key (service_id)
    )
    """,
    "create index offered_professional_id_ix on offered (professional_id)",
    """
    create table points (
        professional_id uuid not null,
        at_id uuid not null,
        latitude double precision not null,
        longitude double precision not null,
        constraint points_pkey primary key (professional_id, at_id),
        constraint points_professional_id_fkey foreign key(professional_id)
            references listings (professional_id) on delete cascade
    )
    """,
    "create index points_place_ix on points (latitude, longitude)",
    """
    create table links (
        id uuid not null,
        kind text not null,
        token_hash bytea not null,
        expires_at timestamptz not null,
        person_id uuid,
        email text,
        clinic_id uuid,
        clinic_role text,
        used_at timestamptz,
        constraint links_pkey primary key (id),
        constraint links_kind_check check (kind in ('reset', 'invitation', 'deletion', 'keep')),
        constraint links_whose_check check (
            case kind when 'invitation'
            then person_id is null and num_nulls(email, clinic_id, clinic_role) = 0
            else person_id is not null and num_nonnulls(email, clinic_id, clinic_role) = 0 end
        ),
        constraint links_token_hash_key unique (token_hash),
        constraint links_person_id_fkey foreign key(person_id) references people (id) on delete cascade,
        constraint links_clinic_id_fkey foreign key(clinic_id) references clinics (id) on delete cascade
    )
    """,
    "create index links_clinic_ix on links (clinic_id)",
    "create index links_expires_at_ix on links (expires_at)",
    "create index links_person_id_ix on links (person_id)",
    """
    create table asks (
        position bigint generated by default as identity,
        kind text not null,
        email text not null,
        constraint asks_pkey primary key (position),
        constraint asks_kind_check check (kind in ('reset', 'deletion'))
    )
    """,
    """
    create table letters (
        id uuid not null,
        kind text not null,
        email text not null,
        object_id uuid,
        attempts integer not null,
        due_at timestamptz not null,
        give_up_at timestamptz not null,
        constraint letters_pkey primary key (id)
    )
    """,
    "create index letters_due_at_ix on letters (due_at)",
    "create index letters_email_ix on letters (email)",
    """
    create table deletions (
        id uuid not null,
        person_id uuid not null,
        state text not null,
        confirmed_at timestamptz not null,
        erases_at timestamptz not null,
        erased_at timestamptz,
        done_by text[] not null,
        was_listed boolean not null,
        constraint deletions_pkey primary key (id),
        constraint deletions_state_check check (state in ('closing', 'kept', 'erased'))
    )
    """,
    "create index deletions_confirmed_ix on deletions (confirmed_at, id)",
    "create index deletions_due_ix on deletions (erases_at) where state = 'closing'",
    """
    create unique index deletions_person_id_key on deletions (person_id)
    where state in ('closing', 'erased')
    """,
    """
    create table tickets (
        id uuid not null,
        version integer not null,
        person_id uuid,
        email text not null,
        topic text not null,
        role text not null,
        device_type text not null,
        app_version text not null,
        description text not null,
        opened_at timestamptz not null,
        answer text,
        answered_at timestamptz,
        constraint tickets_pkey primary key (id),
        constraint tickets_person_id_fkey foreign key(person_id) references people (id) on delete cascade
    )
    """,
    "create index tickets_email_ix on tickets (email)",
    "create index tickets_opened_ix on tickets (opened_at, id)",
    "create index tickets_person_ix on tickets (person_id, opened_at, id)",
)
LISTINGS = """
    insert into listings (professional_id, version, name, folded_name, languages, listed, specialties,
                          accepting_new_patients, contact, services, modes)
    select id, 1, name, '', '{}', true, '{}', true, '{}', '{}', '{}'
    from people where 'professional' = any(roles)
"""


FOLD = sa.text("update listings set folded_name = :folded where name = :name")


def upgrade() -> None:
    for statement in (*TABLES, LISTINGS):
        op.execute(statement)
    conn = op.get_bind()
    for name in conn.scalars(sa.text("select distinct name from listings")).all():
        conn.execute(FOLD, {"folded": anyascii(name).casefold(), "name": name})
