"""The keys of patients: created with the first note, and destroyed with the account."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.encryption.envelope import MasterKey, PatientKey, new_key
from services.requests.store.tables import patient_keys
from shared.db import Work

_REWRAP_AT_ONCE = 500


def key_of(work: Work, master: MasterKey, patient_id: UUID) -> PatientKey:
    """Return the patient's key, created if there is none; of two transactions that create it, both get the
    first."""
    wrapped = _find(work, patient_id)
    if wrapped is None:
        # before it is wrapped: so no key is wrapped by a master key that is forgotten meanwhile, see `close`
        work.conn.execute(sa.text("lock table patient_keys in row exclusive mode"))
        row = {"patient_id": patient_id, "wrapped": master.wrap(new_key(), of=patient_id)}
        work.conn.execute(insert(patient_keys).values(row).on_conflict_do_nothing())
        wrapped = _find(work, patient_id)
        assert wrapped is not None
    return PatientKey(master.unwrap(wrapped, of=patient_id))


def destroy(work: Work, patient_id: UUID) -> None:
    """Destroy the patient's key: no copy of their notes can be read any more."""
    work.conn.execute(sa.delete(patient_keys).where(patient_keys.c.patient_id == patient_id))


def close(work: Work) -> None:
    """Keep other transactions from creating keys until this one ends; it waits for those that have begun."""
    work.conn.execute(sa.text("lock table patient_keys in share row exclusive mode"))


def rewrap(work: Work, master: MasterKey) -> int:
    """Rewrap a batch of keys of older master keys, and return their number; 0: none is left."""
    newest = master.newest()
    wrapped_by = sa.func.substring(patient_keys.c.wrapped, 1, len(newest))
    old = sa.select(patient_keys).where(wrapped_by != newest).limit(_REWRAP_AT_ONCE).with_for_update()
    rows = work.conn.execute(old).all()
    for row in rows:
        key = master.unwrap(row.wrapped, of=row.patient_id)
        wrapped = master.wrap(key, of=row.patient_id)
        work.conn.execute(
            sa.update(patient_keys).where(patient_keys.c.patient_id == row.patient_id).values(wrapped=wrapped)
        )
    return len(rows)


def _find(work: Work, patient_id: UUID) -> bytes | None:
    query = sa.select(patient_keys.c.wrapped).where(patient_keys.c.patient_id == patient_id)
    return work.conn.scalar(query)
