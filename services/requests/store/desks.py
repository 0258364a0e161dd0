"""What accounts told of clinics, and who is whose front desk by it."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.desk import FRONT_DESK, Membership
from services.requests.store.tables import memberships
from shared.db import Work


def put(work: Work, told: Membership) -> None:
    """Keep it unless a newer version is known; decided by the row, so that two at once end right too."""
    row = asdict(told)
    query = insert(memberships).values(row)
    query = query.on_conflict_do_update(
        index_elements=["id"], set_=row, where=memberships.c.version < told.version
    )
    work.conn.execute(query)


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
