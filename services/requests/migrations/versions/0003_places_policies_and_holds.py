"""Locations, booking settings, policies, proposals and holds; the notes of patients are encrypted.

Hours without a location get one for their professional, under the professional's id. Appointments confirmed
before keep the usual terms.
"""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

from services.requests.encryption.envelope import PatientKey, new_key
from services.requests.encryption.masters import master_key
from shared.settings import Settings

revision = "0003"
down_revision = "0002"

USUAL_TERMS = json.dumps(
    {
        "cancel": {"hours": 24, "then": "call_to_cancel", "fee": None},
        "reschedule": "request",
        "reschedule_window": {"hours": 24, "then": "call_to_cancel", "fee": None},
        "card_required": False,
        "joiners": 1,
        "policy_version": 0,
        "price": None,
    }
)


def upgrade() -> None:
    _places()
    _hours()
    _services()
    _settings("calendars", "professional_id")
    _settings("policies", "practice_id")
    _exceptions()
    _requests()
    _holds()
    _words()
    op.create_index(
        "memberships_clinic_ix", "memberships", ["clinic_id"], postgresql_where="state = 'active'"
    )


def _places() -> None:
    op.create_table(
        "locations",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("practice_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("country", sa.Text),
        sa.Column("subdivision", sa.Text),
        sa.PrimaryKeyConstraint("id", name="locations_pkey"),
    )
    op.create_index("locations_practice_id_ix", "locations", ["practice_id"])
    op.execute("""
        insert into locations (id, version, practice_id, name, address, time_zone)
        select distinct on (professional_id) professional_id, 1, professional_id, 'Practice', '', time_zone
        from (
            select professional_id, time_zone, 1 as place from hours
            union all select professional_id, time_zone, 2 from requests
        ) as known order by professional_id, place
    """)


def _hours() -> None:
    op.add_column("hours", sa.Column("location_id", sa.Uuid))
    op.add_column("hours", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.alter_column("hours", "version", server_default=None)
    op.execute("""
        update hours set location_id = professional_id, weekly = coalesce((
            select jsonb_agg(jsonb_build_array(
                each -> 'weekday', jsonb_build_object('opens', each -> 'opens', 'closes', each -> 'closes')
            ) order by number)
            from jsonb_array_elements(weekly) with ordinality as said (each, number)
        ), '[]')
    """)
    op.drop_constraint("hours_pkey", "hours")
    op.create_primary_key("hours_pkey", "hours", ["professional_id", "location_id"])
    op.create_foreign_key("hours_location_id_fkey", "hours", "locations", ["location_id"], ["id"])
    op.create_index("hours_location_id_ix", "hours", ["location_id"])
    op.drop_column("hours", "time_zone")


def _services() -> None:
    op.add_column("services", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("services", sa.Column("settings", JSONB))
    op.execute("update services set settings = jsonb_build_object('name', name, 'minutes', minutes)")
    op.alter_column("services", "version", server_default=None)
    op.alter_column("services", "settings", nullable=False)
    op.drop_column("services", "name")
    op.drop_column("services", "minutes")


def _settings(table: str, whose: str) -> None:
    op.create_table(
        table,
        sa.Column(whose, sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("settings", JSONB, nullable=False),
        sa.PrimaryKeyConstraint(whose, name=f"{table}_pkey"),
    )


def _exceptions() -> None:
    op.create_table(
        "exceptions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("professional_id", sa.Uuid, nullable=False),
        sa.Column("location_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("hours", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="exceptions_pkey"),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="exceptions_location_id_fkey"),
        sa.CheckConstraint("kind in ('changed', 'closed', 'extra')", name=op.f("exceptions_kind_check")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("exceptions_days_check")),
    )
    op.create_index("exceptions_professional_ix", "exceptions", ["professional_id", "last_day"])


_NEW = (
    sa.Column("outcome", sa.Text),
    sa.Column("dependent_id", sa.Uuid),
    sa.Column("practice_id", sa.Uuid),
    sa.Column("location_id", sa.Uuid),
    sa.Column("mode", sa.Text),
    sa.Column("held", TSTZRANGE),
    sa.Column("first_starts_at", sa.DateTime(timezone=True)),
    sa.Column("submitted_by", sa.Text),
    sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    sa.Column("confirmed_version", sa.Integer),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("reopened_at", sa.DateTime(timezone=True)),
    sa.Column("price", JSONB),
    sa.Column("terms", JSONB),
    sa.Column("fee", JSONB),
    sa.Column("decline_reason", sa.Text),
    sa.Column("proposal", JSONB),
    sa.Column("words", sa.LargeBinary),
    sa.Column("due_at", sa.DateTime(timezone=True)),
    sa.Column("changed_in", sa.BigInteger),
)
_ALWAYS = (
    *("practice_id", "location_id", "mode", "held", "first_starts_at", "submitted_by"),
    *("words", "changed_in"),
)
_CHECKS = {
    "outcome": "outcome in ('attended', 'no_show')",
    "mode": "mode in ('in_person', 'video')",
    "submitted_by": "submitted_by in ('patient', 'professional')",
    "decline_reason": (
        "decline_reason in ('more_information', 'not_accepting', 'not_available', 'not_suitable', 'other')"
    ),
    "held": "held @> tstzrange(starts_at, ends_at)",
    "completed": "(status = 'completed') = (outcome is not null)",
    "promised": "status not in ('confirmed', 'completed') or terms is not null",
}


def _requests() -> None:
    for column in _NEW:
        op.add_column("requests", column)
    op.get_bind().execute(
        sa.text("""
            update requests set
                outcome = case status when 'completed' then 'attended' end,
                practice_id = requests.professional_id,
                location_id = requests.professional_id,
                mode = services.mode,
                held = tstzrange(starts_at, ends_at),
                first_starts_at = starts_at,
                submitted_by = 'patient',
                confirmed_at = case when status in ('confirmed', 'completed') then submitted_at end,
                ended_at = case when status = 'completed' then ends_at
                    when status not in ('pending', 'confirmed') then submitted_at end,
                terms = case when status in ('confirmed', 'completed') then cast(:terms as jsonb) end,
                words = '',
                due_at = case status when 'pending' then expires_at
                    when 'confirmed' then ends_at + interval '24 hours' end,
                changed_in = pg_current_xact_id()::text::bigint
            from services where services.id = service_id
        """),
        {"terms": USUAL_TERMS},
    )
    for name in _ALWAYS:
        op.alter_column("requests", name, nullable=False)
    for name, check in _CHECKS.items():
        op.create_check_constraint(op.f(f"requests_{name}_check"), "requests", check)
    op.create_foreign_key("requests_location_id_fkey", "requests", "locations", ["location_id"], ["id"])
    op.drop_constraint("requests_one_visit_at_a_time_excl", "requests")
    op.drop_index("requests_overdue_ix", "requests")
    for name, columns, where in (
        ("practice", ["practice_id", "starts_at", "id"], None),
        ("waiting", ["professional_id", "submitted_at", "id"], "status = 'pending'"),
        ("patient_changes", ["patient_id", "changed_in", "id"], None),
        ("professional_changes", ["professional_id", "changed_in", "id"], None),
        ("due", ["due_at"], "due_at is not null"),
    ):
        op.create_index(f"requests_{name}_ix", "requests", columns, postgresql_where=where)


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("professional_id", sa.Uuid, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False),
        sa.Column("visit_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="holds_pkey"),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name="holds_request_id_fkey"),
        ExcludeConstraint(
            ("professional_id", "="),
            ("during", "&&"),
            ("request_id", "<>"),
            using="gist",
            name="holds_one_visit_at_a_time_excl",
        ),
    )
    op.create_index("holds_request_id_ix", "holds", ["request_id"])
    # what was completed early may share its time with what came after
    op.execute("""
        insert into holds (id, request_id, professional_id, during, visit_starts_at)
        select id, id, professional_id, held, starts_at from requests
        where status in ('pending', 'confirmed', 'completed')
        order by status = 'completed' on conflict do nothing
    """)


def _words() -> None:
    op.create_table(
        "patient_keys",
        sa.Column("patient_id", sa.Uuid, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name="patient_keys_pkey"),
    )
    conn = op.get_bind()
    told = conn.execute(sa.text("select id, patient_id, details from requests where details <> ''")).all()
    if told:
        master = master_key(Settings.from_environment())
        keys = {row.patient_id: new_key() for row in told}
        for patient_id, key in keys.items():
            _keep(patient_id, master.wrap(key, of=patient_id))
        for row in told:
            plain = json.dumps({"details": row.details}).encode()
            sealed = PatientKey(keys[row.patient_id]).seal(plain, of=row.id)
            conn.execute(
                sa.text("update requests set words = :words where id = :id"), {"words": sealed, "id": row.id}
            )
    op.drop_column("requests", "details")


def _keep(patient_id: UUID, wrapped: bytes) -> None:
    query = sa.text("insert into patient_keys (patient_id, wrapped) values (:patient_id, :wrapped)")
    op.get_bind().execute(query, {"patient_id": patient_id, "wrapped": wrapped})
