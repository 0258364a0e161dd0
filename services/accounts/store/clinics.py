"""Rows of clinics, of their members, and of who is whose patient; no decisions.

The lock of a clinic row stands for its memberships too.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.care import CareRelation
from services.accounts.domain.clinic import FRONT_DESK, Clinic, Membership
from services.accounts.store.tables import care, clinics, memberships, people
from shared.contracts.accounts.values import ContactCard, Place
from shared.db import Work
from shared.rows import Rows

_rows = Rows(clinics, Clinic, contact=ContactCard.model_validate, place=Place.model_validate)
_memberships = Rows(memberships, Membership)
_care = Rows(care, CareRelation)
add, find, save = _rows.add, _rows.find, _rows.save
put_membership, find_membership, find_care = _memberships.put, _memberships.find, _care.find


def remove(work: Work, clinic_id: UUID) -> None:
    work.conn.execute(sa.delete(clinics).where(clinics.c.id == clinic_id))


def of_person(work: Work, person_id: UUID, *roles: str) -> list[tuple[Clinic, str]]:
    """Return the clinics of a person with their role in each, by name; in `roles` only, if any are given."""
    query = (
        sa.select(clinics, memberships.c.role)
        .join(memberships, memberships.c.clinic_id == clinics.c.id)
        .where(memberships.c.person_id == person_id, memberships.c.active)
        .order_by(clinics.c.name, clinics.c.id, memberships.c.role)
    )
    if roles:
        query = query.where(memberships.c.role.in_(roles))
    return [(_rows.read(row), row.role) for row in work.conn.execute(query)]


def memberships_there(work: Work, clinic_id: UUID, person_id: UUID) -> list[Membership]:
    """Return the memberships of one person in one clinic, including those that have ended."""
    there = (memberships.c.clinic_id == clinic_id, memberships.c.person_id == person_id)
    return _memberships.many(work, *there)


def count_joined(work: Work, clinic_id: UUID) -> int:
    """Count all who ever became members, without the founder."""
    query = sa.select(sa.func.count()).select_from(memberships).where(memberships.c.clinic_id == clinic_id)
    return max(0, work.conn.execute(query).scalar_one() - 1)


def members(work: Work, clinic_id: UUID) -> list[Membership]:
    """Return the active memberships of a clinic, longest there first."""
    there = (memberships.c.clinic_id == clinic_id, memberships.c.active)
    return _memberships.many(work, *there, order=(memberships.c.since, memberships.c.id))


def owners(work: Work, clinic_id: UUID) -> list[UUID]:
    """Return the owners whose accounts are not closed."""
    query = (
        sa.select(memberships.c.person_id)
        .join(people, people.c.id == memberships.c.person_id)
        .where(memberships.c.clinic_id == clinic_id, memberships.c.active)
        .where(memberships.c.role == "owner", people.c.erases_at.is_(None))
    )
    return list(work.conn.execute(query).scalars())


def front_desk(work: Work, clinic_id: UUID) -> list[tuple[UUID, str]]:
    """Return ids and addresses of the front desk, without closed accounts; none is erased meanwhile."""
    query = (
        sa.select(people.c.id, people.c.email)
        .join(memberships, memberships.c.person_id == people.c.id)
        .where(memberships.c.clinic_id == clinic_id, memberships.c.active)
        .where(memberships.c.role.in_(FRONT_DESK), people.c.erases_at.is_(None))
        .order_by(people.c.id)
    )
    found = work.conn.execute(query.with_for_update(read=True, key_share=True, of=people))
    return [(row.id, row.email) for row in found]


def memberships_of(work: Work, person_id: UUID) -> list[Membership]:
    """Return the active memberships of a person."""
    active = (memberships.c.person_id == person_id, memberships.c.active)
    return _memberships.many(work, *active, order=(memberships.c.clinic_id,))


def save_care(work: Work, visit: CareRelation) -> None:
    """Keep the newest state of a visit, in whatever order events arrive.

    A request that is confirmed at once has two events with one version: pending, then confirmed.
    """
    row = _care.write(visit)
    query = insert(care).values(row)
    work.conn.execute(
        query.on_conflict_do_update(
            index_elements=["request_id"],
            set_=row | {"ends_at": _later(query.excluded.ends_at)},
            where=sa.or_(
                care.c.version < visit.version,
                sa.and_(care.c.version == visit.version, care.c.status == "pending"),
            ),
        )
    )


def extend_care(work: Work, visit: CareRelation) -> None:
    """Keep the later end of a visit, in whatever order events arrive; keep `visit` if none is known yet."""
    query = insert(care).values(_care.write(visit))
    later = {"ends_at": _later(query.excluded.ends_at)}
    work.conn.execute(query.on_conflict_do_update(index_elements=["request_id"], set_=later))


def _later(ends_at: Any) -> Any:
    return sa.func.greatest(care.c.ends_at, ends_at)


def has_patient(
    work: Work, by: UUID, role: str, patient_id: UUID, *, statuses: Iterable[str], history: bool = False
) -> bool:
    """Return whether the caller's practice has a visit of the patient in one of `statuses`.

    A front desk has those at its clinic; a professional their own, at a clinic while they are a member of it,
    and with `history` those that were completed there before they left.
    """
    visit = sa.select(care.c.request_id).where(
        care.c.patient_id == patient_id, care.c.status.in_(list(statuses))
    )
    mine = sa.select(memberships.c.clinic_id).where(memberships.c.person_id == by, memberships.c.active)
    if role == "professional":
        clinics_of = mine.where(memberships.c.role == "professional")
        there = [care.c.practice_id.is_(None), care.c.practice_id == by, care.c.practice_id.in_(clinics_of)]
        if history:
            there.append(care.c.status == "completed")
        visit = visit.where(care.c.professional_id == by, sa.or_(*there))
    else:
        visit = visit.where(care.c.practice_id.in_(mine.where(memberships.c.role.in_(FRONT_DESK))))
    return bool(work.conn.execute(sa.select(visit.exists())).scalar_one())


def remove_care(work: Work, person_id: UUID) -> None:
    hers = sa.or_(care.c.patient_id == person_id, care.c.professional_id == person_id)
    work.conn.execute(sa.delete(care).where(hers))
