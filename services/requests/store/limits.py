"""Queries for the earlier requests of a patient that limit new ones."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.life_cycle import OPEN
from services.requests.domain.limits import DAY, REMEMBERED, Asked, History
from services.requests.store.requests import LEFT_BEHIND
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
    requests.c.verified,
]


def lock(work: Work, counted_by: UUID) -> None:
    """Make others who count these requests wait until this transaction ends."""
    work.in_turn(counted_by, "requests")


def history(work: Work, counted_by: UUID, *, but: UUID | None = None, now: datetime) -> History:
    """Return all requests but `but`: those of an account, and what guests with its address verified.

    `counted_by` is a patient, or the key of guests.
    """
    asked = requests.alias("asked")
    verified = sa.and_(asked.c.counts_as == counted_by, asked.c.verified)
    return _history(
        work, counted_by, asked, sa.or_(asked.c.patient_id == counted_by, verified), but=but, now=now
    )


def history_of_guests(work: Work, counted_by: UUID, *, but: UUID | None = None, now: datetime) -> History:
    """Return those of guests with this key, verified or not, and nothing of an account."""
    asked = requests.alias("asked")
    return _history(work, counted_by, asked, asked.c.counts_as == counted_by, but=but, now=now)


def _history(
    work: Work,
    counted_by: UUID,
    asked: sa.FromClause,
    theirs: sa.ColumnElement[bool],
    *,
    but: UUID | None,
    now: datetime,
) -> History:
    accepted = sa.exists().where(
        sa.or_(requests.c.patient_id == counted_by, requests.c.counts_as == counted_by),
        requests.c.status.in_(("confirmed", "completed")),
        sa.or_(
            requests.c.submitted_by == "professional",
            requests.c.confirmed_at > requests.c.submitted_at,
            requests.c.outcome == "attended",
        ),
    )
    known = sa.select(accepted.label("known")).subquery()
    counts = sa.and_(
        theirs,
        sa.true() if but is None else asked.c.id != but,
        asked.c.submitted_by == "patient",
        sa.or_(
            asked.c.status.in_(OPEN),
            asked.c.submitted_at > now - DAY,
            asked.c.ended_at > now - REMEMBERED,
        ),
    )
    columns = [asked.c[each.name] for each in [*_COUNTED, requests.c.left_behind]]
    rows = work.conn.execute(
        sa.select(known.c.known, *columns).select_from(known.outerjoin(asked, counts))
    ).all()
    return History(
        known=rows[0].known,
        asked=[
            Asked(
                **{each.name: row._mapping[each.name] for each in _COUNTED},
                left_behind=LEFT_BEHIND.validate_python(row.left_behind),
            )
            for row in rows
            if row.status is not None
        ],
    )
