"""Memberships of clinics, as accounts published them, and the front desks that follow from them."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.membership import FRONT_DESK
from services.requests.store.tables import memberships
from shared.contracts.accounts.clinics import MembershipChanged
from shared.db import Work


def put(work: Work, told: MembershipChanged) -> bool:
    """Store a membership; False if a newer version is stored. The row decides, as two may arrive at once."""
    row = told.model_dump(include={"version", "clinic_id", "person_id", "role", "state"})
    row["id"] = told.membership_id
    query = insert(memberships).values(row)
    query = query.on_conflict_do_update(
        index_elements=["id"], set_=row, where=memberships.c.version < told.version
    )
    return work.conn.execute(query).rowcount == 1


def roles_in(work: Work, person_id: UUID, clinic_id: UUID) -> set[str]:
    """Return what the person is in the clinic now."""
    query = sa.select(memberships.c.role).where(
        memberships.c.person_id == person_id,
        memberships.c.clinic_id == clinic_id,
        memberships.c.state == "active",
    )
    return set(work.conn.scalars(query))


def clinics_of(work: Work, professional_id: UUID) -> set[UUID]:
    """Return the clinics that the person is an active professional of."""
    query = sa.select(memberships.c.clinic_id).where(
        memberships.c.person_id == professional_id,
        memberships.c.role == "professional",
        memberships.c.state == "active",
    )
    return set(work.conn.scalars(query))


def clinics_shared(work: Work, person_id: UUID, *, professional_id: UUID, former: bool = False) -> set[UUID]:
    """Return the clinics whose front desk `person_id` is, and in which that professional works.

    With `former` also those in which they have worked.
    """
    front_desk, professional = memberships.alias("front_desk"), memberships.alias("professional")
    query = sa.select(front_desk.c.clinic_id).where(
        front_desk.c.person_id == person_id,
        front_desk.c.role.in_(FRONT_DESK),
        front_desk.c.state == "active",
        professional.c.clinic_id == front_desk.c.clinic_id,
        professional.c.person_id == professional_id,
        professional.c.role == "professional",
    )
    if not former:
        query = query.where(professional.c.state == "active")
    return set(work.conn.scalars(query))


def role_in(work: Work, person_id: UUID, clinic_id: UUID) -> str | None:
    """Return the person's highest role in the clinic: owner, staff, professional; None: no role."""
    roles = roles_in(work, person_id, clinic_id)
    return next((role for role in ("owner", "staff", "professional") if role in roles), None)


def professionals_of(work: Work, clinic_id: UUID) -> list[UUID]:
    query = sa.select(memberships.c.person_id).where(
        memberships.c.clinic_id == clinic_id,
        memberships.c.role == "professional",
        memberships.c.state == "active",
    )
    return sorted(set(work.conn.scalars(query)))


def works_at(work: Work, professional_id: UUID, practice_id: UUID) -> bool:
    """Return whether the professional works at this practice: their own, or a clinic they are a member of."""
    return practice_id == professional_id or "professional" in roles_in(work, professional_id, practice_id)
