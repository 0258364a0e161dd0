"""Calendar feeds: each person has one on each side, known by the hash of its token."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.feed import Feed
from services.requests.store.tables import closings, feeds
from shared.contracts.requests.values import Side
from shared.db import Work
from shared.rows import Rows

_rows = Rows(feeds, Feed)


def put(work: Work, feed: Feed, *, token_hash: bytes, now: datetime) -> Feed:
    """Replace the person's feed on that side, unless the same key made it; return the stored one."""
    row = _rows.write(feed) | {"token_hash": token_hash, "opened_at": now}
    query = insert(feeds).values(row)
    another = feeds.c.key_id != feed.key_id
    work.conn.execute(
        query.on_conflict_do_update(index_elements=["person_id", "side"], set_=row, where=another)
    )
    theirs = sa.and_(feeds.c.person_id == feed.person_id, feeds.c.side == feed.side)
    return _rows.read(work.conn.execute(sa.select(feeds).where(theirs)).one())


def remove(work: Work, person_id: UUID, side: Side) -> None:
    work.conn.execute(sa.delete(feeds).where(feeds.c.person_id == person_id, feeds.c.side == side))


def remove_opened_before(work: Work, person_id: UUID, before: datetime) -> None:
    """Remove the feeds of a person, on either side, that were opened before then."""
    old = sa.and_(feeds.c.person_id == person_id, feeds.c.opened_at < before)
    work.conn.execute(sa.delete(feeds).where(old))


def find(work: Work, token_hash: bytes) -> Feed | None:
    """Return the feed of the token; None also while its owner's account is closed."""
    is_closed = sa.exists().where(closings.c.person_id == feeds.c.person_id, closings.c.closed)
    return _rows.one(work, feeds.c.token_hash == token_hash, ~is_closed)
