"""What accounts told of clinics, and who is whose front desk by it."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.desk import FRONT_DESK, Membership
from services.requests.store.tables import memberships
from shared.db import Work


def put(work: Work, told: Membership) -> bool:
    """Keep it, and answer whether it was news: decided by the row, as two versions may come at once."""
    row = asdict(told)
    query = insert(memberships).values(row)
    query = query.on_conflict_do_update(
        index_elements=["id"], set_=row, where=memberships.c.version < told.version
    )
    return work.conn.execute(query).rowcount == 1


def is_front_desk(work: Work, person_id: UUID, *, of: UUID) -> bool:
    """Whether `person_id` is the front desk of the professional `of` in any clinic."""
    desk, professional = memberships.alias("desk"), memberships.alias("professional")
    query = sa.exists().where(
        desk.c.person_id == person_id,
        desk.c.role.in_(FRONT_DESK),
        desk.c.state == "active",
        professional.c.clinic_id == desk.c.clinic_id,
        professional.c.person_id == of,
        professional.c.role == "professional",
        professional.c.state == "active",
    )
    return bool(work.conn.scalar(sa.select(query)))


def role_in(work: Work, person_id: UUID, clinic_id: UUID) -> str | None:
    """What she is in the clinic, the highest first: owner, staff, professional; None: nothing."""
    query = sa.select(memberships.c.role).where(
        memberships.c.person_id == person_id,
        memberships.c.clinic_id == clinic_id,
        memberships.c.state == "active",
    )
    roles = set(work.conn.scalars(query))
    return next((role for role in ("owner", "staff", "professional") if role in roles), None)


def professionals_of(work: Work, clinic_id: UUID) -> list[UUID]:
    query = sa.select(memberships.c.person_id).where(
        memberships.c.clinic_id == clinic_id,
        memberships.c.role == "professional",
        memberships.c.state == "active",
    )
    return sorted(set(work.conn.scalars(query)))


def works_at(work: Work, professional_id: UUID, practice_id: UUID) -> bool:
    """Whether it is her own practice, or a clinic she is a professional of."""
    return practice_id == professional_id or professional_id in professionals_of(work, practice_id)
