"""Rows of addresses and of their changes.

An address belongs to one account at a time: as its own (`until` is null), or kept for it after a change.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.address_change import AddressChange
from services.accounts.store.tables import address_changes, addresses
from shared.db import Work
from shared.rows import Rows

_changes = Rows(address_changes, AddressChange)
add_change, find_change, save_change = _changes.add, _changes.find, _changes.save


def lock(work: Work, email: str) -> None:
    """Lock an address before rows of people or addresses name it, so that two never wait for each other."""
    work.in_turn(NAMESPACE_URL, email)


def take(work: Work, email: str, person_id: UUID, *, now: datetime) -> bool:
    """Make it the person's own address. Return False, and change nothing, if another account has it."""
    lock(work, email)
    over = sa.and_(addresses.c.email == email, addresses.c.until <= now)
    work.conn.execute(sa.delete(addresses).where(over))
    row = insert(addresses).values(email=email, person_id=person_id)
    mine = addresses.c.person_id == person_id
    row = row.on_conflict_do_update(index_elements=["email"], set_={"until": None}, where=mine)
    return work.conn.execute(row).rowcount == 1


def reserve(work: Work, email: str, *, until: datetime) -> None:
    """Keep the address for its account: nobody else can take it before `until`."""
    work.conn.execute(sa.update(addresses).where(addresses.c.email == email).values(until=until))


def release(work: Work, person_id: UUID, emails: Iterable[str]) -> None:
    """Release these addresses of the person, so that anybody can take them."""
    theirs = sa.and_(addresses.c.person_id == person_id, addresses.c.email.in_(list(emails)))
    work.conn.execute(sa.delete(addresses).where(theirs))


def owner_of(work: Work, email: str, *, now: datetime) -> UUID | None:
    """Return the id of the account that has this address, or for which it is kept."""
    theirs = sa.or_(addresses.c.until.is_(None), addresses.c.until > now)
    query = sa.select(addresses.c.person_id).where(addresses.c.email == email, theirs)
    return work.conn.scalar(query)


def of_person(work: Work, person_id: UUID) -> list[str]:
    query = sa.select(addresses.c.email).where(addresses.c.person_id == person_id)
    return list(work.conn.scalars(query.order_by(addresses.c.email)))


def find_change_by_proof(work: Work, proof_id: UUID, *, to_change: bool = False) -> AddressChange | None:
    """Return the one whose mailed link has this id; `to_change` locks it."""
    return _changes.one(work, address_changes.c.proof_id == proof_id, to_change=to_change)


def find_undoable(work: Work, person_id: UUID, *, since: datetime) -> list[AddressChange]:
    """Return the changes confirmed since, oldest first, locked."""
    table = address_changes.c
    confirmed = (table.person_id == person_id, table.confirmed_at >= since, table.undone_at.is_(None))
    return _changes.many(work, *confirmed, order=(table.confirmed_at, table.id), to_change=True)


def find_last_from(work: Work, email: str, *, since: datetime) -> AddressChange | None:
    """Return the last change away from this address that was confirmed after `since` and was not undone."""
    query = sa.select(address_changes).where(
        address_changes.c.old_email == email,
        address_changes.c.confirmed_at > since,
        address_changes.c.undone_at.is_(None),
    )
    found = work.conn.execute(query.order_by(address_changes.c.confirmed_at.desc()).limit(1))
    return next(iter(_changes.read_all(found)), None)


def end_open_changes(work: Work, person_id: UUID, *, now: datetime) -> None:
    """End the open changes of the person: no code mailed before changes anything.

    That goes for a command too that began earlier and waits for the lock.
    """
    mine = sa.and_(address_changes.c.person_id == person_id, address_changes.c.confirmed_at.is_(None))
    query = sa.update(address_changes).where(mine, address_changes.c.expires_at > now)
    work.conn.execute(query.values(expires_at=now, undone_at=now))


def forget_old(work: Work, *, now: datetime, undo_ended: datetime) -> None:
    """Delete addresses that are kept no longer, and changes that can be neither confirmed nor undone."""
    work.conn.execute(sa.delete(addresses).where(addresses.c.until <= now))
    ended = sa.func.coalesce(address_changes.c.confirmed_at <= undo_ended, True)
    work.conn.execute(sa.delete(address_changes).where(address_changes.c.expires_at <= now, ended))
