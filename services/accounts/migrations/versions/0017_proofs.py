"""Codes and links that prove an address are made of an id that is drawn for each attempt.

Attempts that are open end: they begin anew, with a new mail. Links that undo a change stay valid.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

STATEMENTS = (
    "alter table registrations add column proof_id uuid",
    "update registrations set proof_id = gen_random_uuid()",
    "update registrations set expires_at = least(expires_at, now()) where account_id is null",
    "alter table registrations alter column proof_id set not null",
    "alter table registrations add constraint registrations_proof_id_key unique (proof_id)",
    "alter table address_changes add column proof_id uuid",
    """
    update address_changes
    set proof_id = case when confirmed_at is null then gen_random_uuid() else id end
    """,
    "update address_changes set expires_at = least(expires_at, now()) where confirmed_at is null",
    "alter table address_changes alter column proof_id set not null",
    "alter table address_changes add constraint address_changes_proof_id_key unique (proof_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
