"""Rows of sessions and devices, and of second factors: authenticator apps, passkeys and challenges.

A refresh token is never stored: a session has only the generation of the live one.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.second_factors import Challenge, Passkey, Totp
from services.accounts.domain.session import Session
from services.accounts.store.tables import challenges, devices, passkeys, people, sessions, totps
from shared.db import Work
from shared.rows import Rows

_rows = Rows(sessions, Session)
_totps = Rows(totps, Totp)
_passkeys = Rows(passkeys, Passkey)
_challenges = Rows(challenges, Challenge)
add, find, save = _rows.insert, _rows.find, _rows.save
find_totp, put_totp = _totps.find, _totps.put
add_passkey, add_challenge = _passkeys.add, _challenges.insert


def of_person(work: Work, person_id: UUID, *, to_change: bool = False) -> list[Session]:
    """Return the sessions that have not ended, last used first."""
    live = (sessions.c.person_id == person_id, sessions.c.ended_at.is_(None))
    order = (sessions.c.last_used_at.desc(), sessions.c.id)
    return _rows.many(work, *live, order=order, to_change=to_change)


def ended_since(work: Work, since: datetime) -> list[tuple[UUID, datetime]]:
    query = sa.select(sessions.c.id, sessions.c.ended_at).where(sessions.c.ended_at > since)
    return [(row.id, row.ended_at) for row in work.conn.execute(query)]


def forget_old(work: Work, *, ended_before: datetime, unused_since: datetime) -> None:
    old = sa.or_(sessions.c.ended_at < ended_before, sessions.c.last_used_at < unused_since)
    work.conn.execute(sa.delete(sessions).where(old))


def remember_device(work: Work, person_id: UUID, device_id: UUID, *, most: int, now: datetime) -> None:
    """Note that the person was signed in on this device; keep the `most` that were seen last."""
    row = insert(devices).values(person_id=person_id, device_id=device_id, seen_at=now)
    work.conn.execute(
        row.on_conflict_do_update(index_elements=["person_id", "device_id"], set_={"seen_at": now})
    )
    mine = sa.select(devices.c.device_id).where(devices.c.person_id == person_id)
    older = mine.order_by(devices.c.seen_at.desc()).offset(most)
    work.conn.execute(
        sa.delete(devices).where(devices.c.person_id == person_id, devices.c.device_id.in_(older))
    )


def is_known_device(work: Work, email: str, device_id: UUID) -> bool:
    """Return whether the account of this address is, or was lately, signed in on this device.

    A session counts while it lasts. One that has ended counts by its row in `devices`, which a reset removes.
    """
    owner = sa.select(people.c.id).where(people.c.email == email).scalar_subquery()
    known, live = (
        sa.exists().where(table.c.person_id == owner, table.c.device_id == device_id)
        for table in (devices, sessions)
    )
    found = sa.or_(known, live.where(sessions.c.ended_at.is_(None)))
    return bool(work.conn.execute(sa.select(found)).scalar_one())


def forget_devices(work: Work, *, unseen_since: datetime) -> None:
    work.conn.execute(sa.delete(devices).where(devices.c.seen_at < unseen_since))


def forget_devices_of(work: Work, person_id: UUID) -> None:
    work.conn.execute(sa.delete(devices).where(devices.c.person_id == person_id))


def remove_totp(work: Work, person_id: UUID) -> None:
    work.conn.execute(sa.delete(totps).where(totps.c.person_id == person_id))


def passkeys_of(work: Work, person_id: UUID) -> list[Passkey]:
    order = (passkeys.c.added_at, passkeys.c.id)
    return _passkeys.many(work, passkeys.c.person_id == person_id, order=order)


def find_passkey(work: Work, credential_id: bytes) -> Passkey | None:
    return _passkeys.one(work, passkeys.c.credential_id == credential_id)


def use_passkey(work: Work, passkey: Passkey, *, sign_count: int, now: datetime) -> None:
    used = {"sign_count": sign_count, "last_used_at": now}
    work.conn.execute(sa.update(passkeys).where(passkeys.c.id == passkey.id).values(used))


def remove_passkey(work: Work, person_id: UUID, passkey_id: UUID) -> bool:
    mine = sa.and_(passkeys.c.id == passkey_id, passkeys.c.person_id == person_id)
    return work.conn.execute(sa.delete(passkeys).where(mine)).rowcount == 1


def end_oldest_challenges(work: Work, person_id: UUID, *, but: int) -> None:
    """Delete all but the newest challenges of one person; all of them last equally long."""
    newest = sa.select(challenges.c.id).where(challenges.c.person_id == person_id)
    newest = newest.order_by(challenges.c.expires_at.desc()).limit(but)
    mine = sa.and_(challenges.c.person_id == person_id, challenges.c.id.not_in(newest))
    work.conn.execute(sa.delete(challenges).where(mine))


def take_challenge(work: Work, challenge_id: UUID) -> Challenge | None:
    """Remove the challenge and return it: of several transactions at once, one gets it."""
    taken = sa.delete(challenges).where(challenges.c.id == challenge_id).returning(challenges)
    return next(iter(_challenges.read_all(work.conn.execute(taken))), None)


def forget_challenges(work: Work, *, now: datetime) -> None:
    work.conn.execute(sa.delete(challenges).where(challenges.c.expires_at < now))


def has_second_factor(work: Work, person_id: UUID) -> bool:
    """Return whether the person has a confirmed authenticator app."""
    query: sa.Select[Any] = sa.select(totps.c.confirmed).where(totps.c.person_id == person_id)
    return bool(work.conn.execute(query).scalar_one_or_none())
