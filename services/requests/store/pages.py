"""Lists of requests: pages, feeds, and changes since a cursor.

Single requests live in `requests`. Every list is restricted to one side, and has one order: a cursor names
the last row of a page in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import HOLDS_ITS_TIME, OPEN
from services.requests.domain.request import Request
from services.requests.encryption.envelope import MasterKey
from services.requests.store.requests import from_row, read, with_key
from services.requests.store.tables import requests
from shared import cursor
from shared.contracts.requests.values import Shown, Side, Status
from shared.db import Work

_WHO_IS: dict[Side, sa.Column[UUID]] = {
    "patient": requests.c.patient_id,
    "professional": requests.c.professional_id,
}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The requests of one person on that side, of these practices alone, or both."""

    side: Side
    person_id: UUID | None = None
    practice_ids: Collection[UUID] | None = None

    def where(self) -> sa.ColumnElement[bool]:
        """Return the condition for the requests that this side may see: a practice sees only verified
        ones."""
        those = []
        if self.person_id is not None:
            those.append(_WHO_IS[self.side] == self.person_id)
        if self.practice_ids is not None:
            those.append(requests.c.practice_id.in_(self.practice_ids))
        if self.side == "professional":
            those.append(requests.c.verified)
        if self.side == "professional" and self.practice_ids is None:
            those.append(~requests.c.unstaffed)
        return sa.and_(*those)


@dataclass(frozen=True, kw_only=True)
class Filter:
    scope: Scope
    shown: Shown | None = None
    unstaffed: bool = False
    status: Status | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None
    window: Interval | None = None

    def where(self, now: datetime) -> sa.ColumnElement[bool]:
        those = [self.scope.where()]
        for column, wanted in (
            (requests.c.status, self.status),
            (requests.c.service_id, self.service_id),
            (requests.c.location_id, self.location_id),
        ):
            if wanted is not None:
                those.append(column == wanted)
        if self.unstaffed:
            those += [requests.c.unstaffed, requests.c.status.in_(OPEN)]
        if self.window:
            those += [requests.c.starts_at < self.window.end, requests.c.ends_at > self.window.start]
        match self.shown:
            case "upcoming":
                those += [requests.c.status == "confirmed", requests.c.ends_at > now]
            case "requested":
                those.append(requests.c.status == "pending")
            case "past":
                those.append(
                    sa.or_(requests.c.status.not_in(("pending", "confirmed")), requests.c.ends_at <= now)
                )
        return sa.and_(*those)

    @property
    def order(self) -> tuple[sa.Column[datetime], bool]:
        """Return the instant by which the list is ordered, and True if the latest comes first."""
        if self.shown == "requested":
            return requests.c.submitted_at, False
        return requests.c.starts_at, self.shown != "upcoming" and self.window is None

    def key(self, found: Request) -> tuple[datetime, UUID]:
        """Return the position of a request in that order."""
        return (found.submitted_at if self.shown == "requested" else found.starts_at), found.id


def page(
    work: Work, master: MasterKey, wanted: Filter, *, after: str | None, limit: int, now: datetime
) -> list[Request]:
    """Return the requests after the cursor `after`, in the order of the filter."""
    at, latest_first = wanted.order
    key = sa.tuple_(at, requests.c.id)
    query = with_key.where(wanted.where(now))
    if after is not None:
        past = sa.tuple_(*cursor.decode(after, datetime, UUID))
        query = query.where(key < past if latest_first else key > past)
    order = (at.desc(), requests.c.id.desc()) if latest_first else (at, requests.c.id)
    return read(work, master, query.order_by(*order).limit(limit))


def cluster(work: Work) -> int:
    """Return the identifier of this PostgreSQL cluster: transaction numbers mean nothing in another."""
    query = sa.text("select system_identifier from pg_control_system()")
    found: int = work.conn.execute(query).scalar_one()
    return found


def nearest(
    work: Work,
    master: MasterKey,
    scope: Scope,
    *,
    window: Interval,
    now: datetime,
    limit: int,
) -> list[Request]:
    """Return the person's open requests in the window, without notes, soonest first.

    If there are more than `limit`, future ones come first, and the most recent past ones fill the rest.
    """
    away = sa.func.abs(sa.extract("epoch", requests.c.starts_at - now))
    query = sa.select(requests, sa.null().label("wrapped")).where(
        scope.where(),
        requests.c.starts_at < window.end,
        requests.c.ends_at > window.start,
        requests.c.status.in_(HOLDS_ITS_TIME),
    )
    query = query.order_by(requests.c.ends_at <= now, away, requests.c.id).limit(limit)
    return sorted(read(work, master, query), key=lambda each: (each.starts_at, each.id))


def changes(
    work: Work, master: MasterKey, scope: Scope, *, since: tuple[int, UUID] | None, limit: int
) -> tuple[list[tuple[int, Request]], int]:
    """Return the person's requests in the order of their last change, each with the transaction that made it.

    The second value is the oldest transaction that is still open: its changes are not visible yet, so the
    next round has to begin with it.
    """
    floor = sa.cast(sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text), sa.BigInteger)
    open_from: int = work.conn.execute(sa.select(floor)).scalar_one()
    query = with_key.where(scope.where())
    if since is not None:
        query = query.where(sa.tuple_(requests.c.changed_in, requests.c.id) > sa.tuple_(*since))
    query = query.order_by(requests.c.changed_in, requests.c.id).limit(limit)
    rows = work.conn.execute(query)
    return [(row.changed_in, from_row(row, master)) for row in rows], open_from
