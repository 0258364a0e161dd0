"""One transaction holding the writes, the events they cause, and the messages they answer."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from shared import cursor
from shared.contracts.base import Event

OUTBOX_CHANNEL = "outbox"
"""The channel on which a trigger notifies of each commit to the outbox."""
_BATCH = 500


def instant() -> sa.DateTime:
    """The column type of a point in time: aware, and UTC when it comes back."""
    return sa.DateTime(timezone=True)


def new_metadata() -> sa.MetaData:
    """Metadata whose constraints all have predictable names, so that migrations can speak of them."""
    return sa.MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_ix",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )


def outbox_table(metadata: sa.MetaData) -> None:
    """Give a service that announces events its outbox; it lives and dies with its data."""
    sa.Table(
        "outbox",
        metadata,
        sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("body", JSONB, nullable=False),
    )


def inbox_table(metadata: sa.MetaData) -> None:
    """Give a service that hears of events the list of those it has handled."""
    sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("listener", sa.Text, primary_key=True),
        sa.Column("seen_at", instant(), nullable=False, server_default=sa.func.now()),
    )


OWN_CONNECTIONS = 3
"""The connections of a process besides those of its workers: relay, periodic handlers, ping."""


def new_engine(url: str, *, pool_size: int) -> sa.Engine:
    """An engine in UTC whose statements give up well before the gateway does (`HC_ANSWER_WITHIN`)."""
    limits = "-c timezone=UTC -c statement_timeout=1500 -c idle_in_transaction_session_timeout=60000"
    return sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1,
        hide_parameters=True,
        connect_args={"options": limits, "connect_timeout": 2},
    )


@dataclass(frozen=True)
class Work:
    """An open transaction."""

    conn: sa.Connection
    tables: dict[str, sa.Table]

    def publish(self, *events: Event) -> None:
        """Promise to publish `events` if, and only if, this transaction commits."""
        rows = [{"topic": event.topic, "body": event.model_dump(mode="json")} for event in events]
        if rows:
            self.conn.execute(sa.insert(self.tables["outbox"]), rows)

    def first_sight(self, event: Event, listener: str) -> bool:
        """False when this listener already handled this event in a committed transaction."""
        return self.first_time(event.event_id, listener)

    def first_time(self, what: UUID, listener: str) -> bool:
        """False when this listener already did `what`, which several events may ask for."""
        row = insert(self.tables["inbox"]).values(event_id=what, listener=listener)
        return self.conn.execute(row.on_conflict_do_nothing()).rowcount == 1

    def lock_shared(self, *person_ids: UUID) -> None:
        """Write for these people beside others who do; who is `alone` with one of them comes before or after.

        What was committed before is seen by the next statement, not by this one.
        """
        # in one order, so that two who ask for the same people never wait for each other
        keys = sorted({_key(each) for each in person_ids})
        self.conn.execute(sa.select(*(sa.func.pg_advisory_xact_lock_shared(key) for key in keys)))

    def lock_exclusive(self, person_id: UUID) -> None:
        """Take the exclusive advisory lock of a person, once transactions with their shared lock are done."""
        self.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(person_id))))

    def in_turn(self, owner_id: UUID, what: str) -> None:
        """Lock the rows of one kind that one owner has, to count them and then add one.

        This lock differs from those of `lock_shared` and `lock_exclusive`; take it after them.
        """
        self.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(uuid5(owner_id, what)))))

    def take_time(self) -> None:
        """For erasing: years of rows take longer to go than an answer may."""
        self.conn.execute(sa.text("set local statement_timeout = '30s'"))


def _key(person_id: UUID) -> int:
    """The advisory lock of one person: never negative, and one in 2^63 shares it, which only waits."""
    return person_id.int & (2**63 - 1)


def newest_first(
    query: sa.Select[Any], at: sa.Column[Any], row_id: sa.Column[Any], *, after: str | None, limit: int
) -> sa.Select[Any]:
    """The page of `query` that follows the cursor `after`, by the instant `at` and the id, descending."""
    if after is not None:
        query = query.where(sa.tuple_(at, row_id) < sa.tuple_(*cursor.decode(after, datetime, UUID)))
    return query.order_by(at.desc(), row_id.desc()).limit(limit)


@dataclass(frozen=True)
class Waiting:
    """An event in the outbox."""

    position: int
    topic: str
    body: dict[str, Any]


class Unit:
    """Opens transactions on one service's database."""

    def __init__(self, engine: sa.Engine, metadata: sa.MetaData) -> None:
        self.engine, self.tables = engine, dict(metadata.tables)

    @contextmanager
    def __call__(self) -> Iterator[Work]:
        with self.engine.begin() as conn:
            yield Work(conn, self.tables)

    @contextmanager
    def rehearsal(self) -> Iterator[Work]:
        """A transaction that leaves nothing behind, whatever happens in it."""
        with self.engine.connect() as conn, conn.begin() as transaction:
            try:
                yield Work(conn, self.tables)
            finally:
                transaction.rollback()

    def drain(self, publish: Callable[[Sequence[Waiting]], Collection[int]]) -> int:
        """Hand the oldest waiting events to `publish` and forget those whose positions it returns.

        A crash in between publishes again and never loses. Answers how many were published.
        """
        outbox = self.tables["outbox"]
        oldest = sa.select(outbox).order_by(outbox.c.position).limit(_BATCH)
        with self.engine.begin() as conn:
            rows = conn.execute(oldest.with_for_update(skip_locked=True)).all()
            if not rows:
                return 0
            sent = publish([Waiting(row.position, row.topic, row.body) for row in rows])
            conn.execute(sa.delete(outbox).where(outbox.c.position.in_(sent)))
        return len(sent)

    @property
    def publishes(self) -> bool:
        """True if this service publishes events."""
        return "outbox" in self.tables

    @contextmanager
    def apart(self) -> Iterator[Any]:
        """A raw psycopg2 connection of one's own, without transactions: not one of the workers'."""
        lent = self.engine.raw_connection()
        raw = lent.driver_connection
        assert raw is not None
        lent.detach()
        try:
            raw.autocommit = True
            yield raw
        finally:
            raw.close()
