"""Who is erased, and taking her words out of the tables."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.store.tables import closings, erased, hours, requests, services
from shared.db import Work

_ERASURES = -1
"""The advisory lock of whoever erases: two people who share visits are erased one after the other."""


def gone_among(work: Work, *person_ids: UUID) -> set[UUID]:
    """Those of these people who are erased or about to be; no other will be before the transaction ends.

    Locked and read in two statements: the second sees what was committed while the first waited.
    """
    work.beside(*person_ids)
    gone = sa.select(erased.c.person_id).where(erased.c.person_id.in_(person_ids))
    going = sa.select(closings.c.person_id).where(closings.c.person_id.in_(person_ids), closings.c.closed)
    return set(work.conn.scalars(gone.union(going)))


def remember(work: Work, person_id: UUID) -> None:
    """She is erased: what others began to write for her is finished first, what comes after knows."""
    work.take_time()
    work.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ERASURES)))
    work.alone(person_id)
    work.conn.execute(insert(erased).values(person_id=person_id).on_conflict_do_nothing())


def note_closing(work: Work, person_id: UUID, *, version: int, closed: bool) -> bool:
    """Keep it, and answer whether it was news: a newer version may be known.

    What others began to write for her is finished first, what comes after knows.
    """
    work.alone(person_id)
    row = {"person_id": person_id, "version": version, "closed": closed}
    query = insert(closings).values(row)
    newer = closings.c.version < version
    query = query.on_conflict_do_update(index_elements=["person_id"], set_=row, where=newer)
    return work.conn.execute(query).rowcount == 1


def erase_words(work: Work, person_id: UUID, *, former_service: str) -> None:
    """What she wrote as a patient, and what she published as a professional."""
    as_patient, as_professional = requests.c.patient_id == person_id, requests.c.professional_id == person_id
    for statement in (
        sa.update(requests).where(as_patient, requests.c.details != "").values(details=""),
        sa.update(requests).where(as_professional).values(service_name=former_service),
        sa.update(services).where(services.c.professional_id == person_id).values(name=former_service),
        sa.delete(hours).where(hours.c.professional_id == person_id),
    ):
        work.conn.execute(statement)
