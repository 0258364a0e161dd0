"""Requests as rows: found, locked, and saved with their notes.

Lists live in `pages`, intervals in `holds`; rules about requests live in the domain. Notes are encrypted here
and leave this module as plain text. Rows are locked in the order of their ids, so that no two transactions
wait for each other.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.notes import Notes
from services.requests.domain.proposal import Proposal
from services.requests.domain.request import LeftBehind, Request
from services.requests.encryption.envelope import MasterKey, PatientKey
from services.requests.store import holds
from services.requests.store.keys import key_of
from services.requests.store.tables import patient_keys, requests
from shared.contracts.base import Money
from shared.contracts.requests.policies import AppointmentTerms
from shared.db import Work

_NOTES = TypeAdapter(Notes)
_PROPOSAL = TypeAdapter(Proposal)
LEFT_BEHIND = TypeAdapter(tuple[LeftBehind, ...])
THIS_TRANSACTION = sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)

with_key = sa.select(requests, patient_keys.c.wrapped).outerjoin(
    patient_keys, patient_keys.c.patient_id == requests.c.patient_id
)
"""The start of every query of requests: the row, and the key that decrypts its notes."""


def find(work: Work, master: MasterKey, request_id: UUID, *, to_change: bool = False) -> Request | None:
    """Return the request; `to_change` locks it until the transaction ends."""
    this = requests.c.id == request_id
    found = _locked(work, master, this) if to_change else read(work, master, with_key.where(this))
    return next(iter(found), None)


def due(work: Work, master: MasterKey, *, now: datetime, limit: int) -> list[Request]:
    """Return the requests that are due, locked; rows that others have locked are skipped."""
    query = with_key.where(requests.c.due_at <= now).order_by(requests.c.due_at).limit(limit)
    return _read_locked(work, master, query.with_for_update(of=requests, skip_locked=True))


def due_in(
    work: Work,
    master: MasterKey,
    professional_id: UUID,
    intervals: Collection[Interval],
    *,
    but: UUID,
    now: datetime,
) -> list[Request]:
    """Return the due requests that hold part of these intervals, locked; `but` and locked rows are
    skipped."""
    held = requests.c.id.in_(holds.who_holds(professional_id, intervals))
    query = with_key.where(held, requests.c.due_at <= now, requests.c.id != but).order_by(requests.c.id)
    return _read_locked(work, master, query.with_for_update(of=requests, skip_locked=True))


def open_of(work: Work, master: MasterKey, person_id: UUID) -> list[Request]:
    """Return the open requests of one person, in either role or proposed to them, locked."""
    concerned = sa.or_(requests.c.patient_id == person_id, _takes_time_of(person_id))
    return _locked(work, master, concerned, requests.c.status.in_(OPEN))


def of_patient(work: Work, master: MasterKey, patient_id: UUID) -> list[Request]:
    """Return all requests of a patient, locked."""
    return _locked(work, master, requests.c.patient_id == patient_id)


def open_at_practice(
    work: Work, master: MasterKey, professional_id: UUID, practice_id: UUID
) -> list[Request]:
    """Return the open requests of the professional there, and those proposed to them, locked."""
    there = requests.c.practice_id == practice_id
    return _locked(work, master, _takes_time_of(professional_id), there, requests.c.status.in_(OPEN))


def to_come(work: Work, professional_id: UUID, *, now: datetime) -> list[sa.Row[Any]]:
    """Return rows of the professional's open future requests, soonest first, without notes."""
    query = sa.select(
        requests.c.id,
        requests.c.version,
        requests.c.status,
        requests.c.practice_id,
        requests.c.location_id,
        requests.c.starts_at,
        requests.c.ends_at,
        requests.c.time_zone,
    )
    query = query.where(
        requests.c.professional_id == professional_id,
        requests.c.starts_at > now,
        requests.c.status.in_(OPEN),
        requests.c.verified,
        ~requests.c.unstaffed,
    )
    return list(work.conn.execute(query.order_by(requests.c.starts_at, requests.c.id)))


def has_been_seen(work: Work, patient_id: UUID, professional_id: UUID) -> bool:
    """Return whether the professional ever confirmed a request of the patient that was not cancelled."""
    known = sa.exists().where(
        requests.c.patient_id == patient_id,
        requests.c.professional_id == professional_id,
        requests.c.status.in_(("confirmed", "completed")),
    )
    return bool(work.conn.scalar(sa.select(known)))


def has_asked(
    work: Work, patient_id: UUID, practice_ids: Collection[UUID], *, professional_id: UUID | None = None
) -> bool:
    """Return whether these practices know of a request of the patient, for one professional if named."""
    known = sa.exists().where(
        requests.c.patient_id == patient_id,
        requests.c.practice_id.in_(practice_ids),
        requests.c.verified,
    )
    if professional_id is not None:
        known = known.where(requests.c.professional_id == professional_id)
    return bool(work.conn.scalar(sa.select(known)))


def add(work: Work, master: MasterKey, request: Request, *, due_at: datetime | None) -> bool:
    """Store a new request; False, and nothing is changed, if its id exists."""
    row = insert(requests).values(_row(work, master, request, due_at)).on_conflict_do_nothing()
    return work.conn.execute(row).rowcount == 1


def save(work: Work, master: MasterKey, request: Request, *, due_at: datetime | None) -> None:
    row = _row(work, master, request, due_at)
    work.conn.execute(sa.update(requests).where(requests.c.id == request.id).values(row))


def from_row(row: sa.Row[Any], master: MasterKey) -> Request:
    return Request(
        **{name: getattr(row, name) for name in _PLAIN},
        held=holds.as_interval(row.held),
        price=row.price and Money.model_validate(row.price),
        terms=row.terms and AppointmentTerms.model_validate(row.terms),
        fee=row.fee and Money.model_validate(row.fee),
        proposal=row.proposal and _PROPOSAL.validate_python(row.proposal),
        left_behind=LEFT_BEHIND.validate_python(row.left_behind),
        notes=_notes(row, master),
    )


def read(work: Work, master: MasterKey, query: sa.Select[Any]) -> list[Request]:
    """Return the requests that a query beginning with `with_key` finds."""
    rows: Iterable[sa.Row[Any]] = work.conn.execute(query)
    return [from_row(row, master) for row in rows]


def _takes_time_of(professional_id: UUID) -> sa.ColumnElement[bool]:
    """Return the condition for requests of the professional, or proposed to them."""
    held = holds.held_of_somebody(professional_id)
    return sa.or_(requests.c.professional_id == professional_id, requests.c.id.in_(held))


def _locked(work: Work, master: MasterKey, *those: sa.ColumnElement[bool]) -> list[Request]:
    """Lock the rows in the order of their ids, so that no two transactions wait for each other."""
    query = with_key.where(*those).order_by(requests.c.id)
    return _read_locked(work, master, query.with_for_update(of=requests))


def _read_locked(work: Work, master: MasterKey, query: sa.Select[Any]) -> list[Request]:
    """Return the requests that a locking query finds, with keys that were created while it waited.

    Keys are not locked, so only the next statement sees those.
    """
    rows = work.conn.execute(query).all()
    if any(row.words and row.wrapped is None for row in rows):
        again = work.conn.execute(with_key.where(requests.c.id.in_([row.id for row in rows])))
        now_with_keys = {row.id: row for row in again}
        rows = [now_with_keys[row.id] for row in rows]
    return [from_row(row, master) for row in rows]


def _row(work: Work, master: MasterKey, request: Request, due_at: datetime | None) -> dict[str, Any]:
    fields = {name: getattr(request, name) for name in _PLAIN}
    return fields | {
        "held": holds.as_range(request.held),
        "price": request.price and request.price.model_dump(mode="json"),
        "terms": request.terms and request.terms.model_dump(mode="json"),
        "fee": request.fee and request.fee.model_dump(mode="json"),
        "proposal": request.proposal and _PROPOSAL.dump_python(request.proposal, mode="json"),
        "left_behind": LEFT_BEHIND.dump_python(request.left_behind, mode="json"),
        "words": _sealed(work, master, request),
        "due_at": due_at,
        "changed_in": THIS_TRANSACTION,
    }


_WRITTEN = {"held", "price", "terms", "fee", "proposal", "left_behind", "words", "due_at", "changed_in"}
_PLAIN = [column.name for column in requests.columns if column.name not in _WRITTEN]
"""The columns that hold a field unchanged."""


def _sealed(work: Work, master: MasterKey, request: Request) -> bytes:
    """Return the encrypted notes; None if there are none, which needs no key."""
    if request.notes == Notes():
        return b""
    key = key_of(work, master, request.patient_id)
    return key.seal(_NOTES.dump_json(request.notes), of=request.id)


def _notes(row: sa.Row[Any], master: MasterKey) -> Notes:
    """Return the decrypted notes; empty notes if the patient's key was destroyed."""
    if not row.words or row.wrapped is None:
        return Notes()
    key = PatientKey(master.unwrap(row.wrapped, of=row.patient_id))
    return _NOTES.validate_json(key.open(row.words, of=row.id))
