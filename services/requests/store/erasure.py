"""Erased and closed accounts, and the deletion of what erased people wrote."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.requests.domain.erasure import FORMER_PLACE, FORMER_SERVICE
from services.requests.store import keys, tables
from services.requests.store.requests import THIS_TRANSACTION
from shared.db import Work

_changed = {"version": tables.requests.c.version + 1, "changed_in": THIS_TRANSACTION}
"""An erasure raises the version, so that phones that were offline fetch the request again."""
_ERASURES = -1
"""The advisory lock of erasures: two people who share requests are erased one after the other."""


def gone_among(work: Work, *person_ids: UUID) -> set[UUID]:
    """Return the closed and erased ones of these people; no other closes before this transaction ends.

    It locks in one statement and reads in the next, which sees what was committed meanwhile.
    """
    work.lock_shared(*person_ids)
    gone = sa.select(tables.erased.c.person_id).where(tables.erased.c.person_id.in_(person_ids))
    going = sa.select(tables.closings.c.person_id).where(
        tables.closings.c.person_id.in_(person_ids), tables.closings.c.closed
    )
    return set(work.conn.scalars(gone.union(going)))


def is_erased(work: Work, person_id: UUID) -> bool:
    return bool(work.conn.scalar(sa.select(sa.exists().where(tables.erased.c.person_id == person_id))))


def remember(work: Work, person_id: UUID) -> None:
    """Record a person as erased, after every transaction that writes for them has ended."""
    work.take_time()
    work.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ERASURES)))
    work.lock_exclusive(person_id)
    work.conn.execute(insert(tables.erased).values(person_id=person_id).on_conflict_do_nothing())


def note_closing(work: Work, person_id: UUID, *, version: int, closed: bool) -> bool:
    """Record that an account is closed or open again; False if a newer version is known.

    It waits for every transaction that writes for that person.
    """
    work.lock_exclusive(person_id)
    row = {"person_id": person_id, "version": version, "closed": closed}
    query = insert(tables.closings).values(row)
    newer = tables.closings.c.version < version
    query = query.on_conflict_do_update(index_elements=["person_id"], set_=row, where=newer)
    return work.conn.execute(query).rowcount == 1


def erase_notes(work: Work, person_id: UUID) -> None:
    """Delete a person's notes as a patient, their hours and names as a professional, and their feeds."""
    request = tables.requests.c
    keys.destroy(work, person_id)
    no_name = sa.func.jsonb_set(
        tables.services.c.settings, ["name"], sa.cast(FORMER_SERVICE, JSONB), type_=JSONB
    )
    for statement in (
        sa.update(tables.requests)
        .where(request.patient_id == person_id)
        .values(words=b"", dependent_id=None, counts_as=None, **_changed),
        sa.update(tables.requests).where(request.counts_as == person_id).values(counts_as=None),
        sa.update(tables.requests)
        .where(request.professional_id == person_id)
        .values(service_name=FORMER_SERVICE, **_changed),
        sa.update(tables.services)
        .where(tables.services.c.professional_id == person_id)
        .values(settings=no_name),
        sa.delete(tables.feeds).where(tables.feeds.c.person_id == person_id),
        sa.delete(tables.hours).where(tables.hours.c.professional_id == person_id),
        sa.delete(tables.overrides).where(tables.overrides.c.professional_id == person_id),
        sa.delete(tables.booking_settings).where(tables.booking_settings.c.professional_id == person_id),
        sa.delete(tables.policies).where(tables.policies.c.practice_id == person_id),
        sa.update(tables.locations)
        .where(tables.locations.c.practice_id == person_id)
        .values(name=FORMER_PLACE, address=""),
    ):
        work.conn.execute(statement)
