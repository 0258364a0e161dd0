"""Queries for the earlier requests of a patient that limit new ones."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.limits import DAY, REMEMBERED, Asked, History
from services.requests.domain.request import OPEN
from services.requests.store.tables import requests
from shared.db import Work

_COUNTED = [
    requests.c.professional_id,
    requests.c.practice_id,
    requests.c.status,
    requests.c.starts_at,
    requests.c.ends_at,
    requests.c.submitted_at,
    requests.c.expires_at,
    requests.c.ended_at,
]


def history(work: Work, patient_id: UUID, *, but: UUID, now: datetime) -> History:
    """Return all of them except the request `but`, in one statement."""
    accepted = sa.exists().where(
        requests.c.patient_id == patient_id,
        requests.c.status.in_(("confirmed", "completed")),
        sa.or_(
            requests.c.submitted_by == "professional",
            requests.c.confirmed_at > requests.c.submitted_at,
            requests.c.outcome == "attended",
        ),
    )
    known = sa.select(accepted.label("known")).subquery()
    asked = requests.alias("asked")
    counts = sa.and_(
        asked.c.patient_id == patient_id,
        asked.c.id != but,
        asked.c.submitted_by == "patient",
        sa.or_(
            asked.c.status.in_(OPEN),
            asked.c.submitted_at > now - DAY,
            asked.c.ended_at > now - REMEMBERED,
        ),
    )
    columns = [asked.c[each.name] for each in _COUNTED]
    rows = work.conn.execute(
        sa.select(known.c.known, *columns).select_from(known.outerjoin(asked, counts))
    ).all()
    return History(
        known=rows[0].known,
        asked=[
            Asked(**{each.name: row._mapping[each.name] for each in _COUNTED})
            for row in rows
            if row.status is not None
        ],
    )
