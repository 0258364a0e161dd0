"""Two small services for the compliance suite: one tells, one hears and keeps count.

The `version` of an event says on which attempt its listener succeeds; from `POISON` on it never does,
until the event is cured.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from shared.bus import handles, listens
from shared.bus.microservice import Microservice
from shared.contracts.accounts.sessions import ListTokenKeys, TokenKeys
from shared.contracts.requests.moves import RequestSubmitted
from shared.db import Unit, Work, inbox_table, new_metadata, outbox_table

POISON = 100
SLOW = UUID(int=0)
"""Noted as attempted when the slow command begins."""

told = new_metadata()
outbox_table(told)

heard = new_metadata()
inbox_table(heard)
attempts = sa.Table("attempts", heard, sa.Column("event_id", sa.Uuid, nullable=False))
handled = sa.Table("handled", heard, sa.Column("event_id", sa.Uuid, nullable=False))
cured = sa.Table("cured", heard, sa.Column("event_id", sa.Uuid, nullable=False))


class Teller(Microservice):
    name = "teller"
    metadata = told


@listens(RequestSubmitted)
def submitted(unit: Unit, event: RequestSubmitted) -> None:
    with unit() as work:
        _note(work, attempts, event.event_id)
        tries = _count(work, attempts, event.event_id)
        is_cured = _count(work, cured, event.event_id) > 0
    if tries < event.version and not is_cured and event.by == "system":
        raise sa.exc.OperationalError("the database is away", None, Exception())
    if tries < event.version and not is_cured:
        raise RuntimeError("not yet, and these words may be personal")
    with unit() as work:
        if work.first_sight(event, "hear"):
            _note(work, handled, event.event_id)


@handles(ListTokenKeys)
def slowly(unit: Unit, _: ListTokenKeys) -> TokenKeys:
    with unit() as work:
        _note(work, attempts, SLOW)
    time.sleep(0.5)
    return TokenKeys(keys=[])


class Hearer(Microservice, handlers=sys.modules[__name__]):
    """A listener that is called `accounts`, so that it can handle a command that takes half a second."""

    name = "accounts"
    metadata = heard


def fact(*, succeeds_on: int = 1, database_is_away: bool = False) -> RequestSubmitted:
    now = datetime.now(UTC)
    return RequestSubmitted(
        occurred_at=now,
        version=succeeds_on,
        request_id=uuid4(),
        patient_id=uuid4(),
        professional_id=uuid4(),
        service_id=uuid4(),
        starts_at=now,
        ends_at=now + timedelta(minutes=30),
        by="system" if database_is_away else "patient",
        expires_at=now,
    )


def times(unit: Unit, table: sa.Table, event_id: UUID) -> int:
    with unit() as work:
        return _count(work, table, event_id)


def cure(unit: Unit, event_id: UUID) -> None:
    with unit() as work:
        _note(work, cured, event_id)


def _note(work: Work, table: sa.Table, event_id: UUID) -> None:
    work.conn.execute(sa.insert(table).values(event_id=event_id))


def _count(work: Work, table: sa.Table, event_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.event_id == event_id)
    return work.conn.execute(query).scalar_one()
