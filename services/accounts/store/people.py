"""Rows of people, their dependents, and who looked at them."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from services.accounts.domain.access_log import AccessEntry
from services.accounts.domain.dependent import Dependent
from services.accounts.domain.person import Person
from services.accounts.store import addresses
from services.accounts.store.tables import access_log, dependents, guests, people
from shared import cursor
from shared.db import Work
from shared.rows import Rows

_rows = Rows(people, Person)
_dependents = Rows(dependents, Dependent)
_entries = Rows(access_log, AccessEntry)
find, save = _rows.find, _rows.save
add_dependent, find_dependent = _dependents.add, _dependents.find
save_dependent = _dependents.save


def add(work: Work, person: Person) -> bool:
    """Return False, and change nothing, if the id is taken or another account has or keeps the address."""
    addresses.lock(work, person.email)
    with work.conn.begin_nested() as until_here:
        added = _rows.add(work, person)
        added = added and addresses.take(work, person.email, person.id, now=person.registered_at)
        if not added:
            until_here.rollback()
    return added


def find_by_email(work: Work, email: str, *, to_change: bool = False) -> Person | None:
    return _rows.one(work, people.c.email == email, to_change=to_change)


def remove(work: Work, person_id: UUID) -> None:
    """Delete the person with all rows that belong to them."""
    work.conn.execute(sa.delete(people).where(people.c.id == person_id))


def all_exist(work: Work, *person_ids: UUID) -> bool:
    """Return whether all of them have accounts, until the end of the transaction."""
    query = sa.select(people.c.id).where(people.c.id.in_(person_ids)).order_by(people.c.id)
    known = work.conn.execute(query.with_for_update(read=True, key_share=True)).all()
    return len(known) == len(set(person_ids))


def dependents_of(work: Work, person_id: UUID) -> list[Dependent]:
    table = dependents.c
    return _dependents.many(work, table.person_id == person_id, order=(table.name, table.id))


def remove_dependent(work: Work, dependent_id: UUID, person_id: UUID) -> None:
    mine = sa.and_(dependents.c.id == dependent_id, dependents.c.person_id == person_id)
    work.conn.execute(sa.delete(dependents).where(mine))


def log_access(work: Work, *entries: AccessEntry) -> None:
    """Add to the access log, which nothing is ever taken from."""
    if entries:
        work.conn.execute(sa.insert(access_log), [_entries.write(each) for each in entries])


def access_log_of(
    work: Work, person_id: UUID, *, after: str | None, limit: int
) -> list[tuple[int, AccessEntry, str | None]]:
    """Return entries newest first, past the cursor `after`: position, entry, and the name of an actor.

    Entries about the person as a guest are among them.
    """
    joined = sa.select(guests.c.id).where(guests.c.joined == person_id)
    query = (
        sa.select(access_log, people.c.name)
        .join(people, people.c.id == access_log.c.actor_id, isouter=True)
        .where(sa.or_(access_log.c.subject_id == person_id, access_log.c.subject_id.in_(joined)))
    )
    if after is not None:
        query = query.where(access_log.c.position < cursor.decode(after, int)[0])
    rows = work.conn.execute(query.order_by(access_log.c.position.desc()).limit(limit))
    return [(row.position, _entries.read(row), row.name) for row in rows]


def names_of(work: Work, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    query = sa.select(people.c.id, people.c.name).where(people.c.id.in_(list(person_ids)))
    return {row.id: row.name for row in work.conn.execute(query)}
