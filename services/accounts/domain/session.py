"""Sessions: a device stays signed in by trading one refresh token for the next.

Each session has one live refresh token, that of its `generation`. The one before it gets the live one again,
however late, for the device may have lost the answer. Presenting the live one proves that it arrived: an
older one that comes back after that was copied, nobody can tell the thief from the owner, and the session
ends for both (RFC 9700, 4.14.2).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.accounts.domain.person import Person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.sessions import AccessRevoked, Device, Prove, SessionEnded
from shared.contracts.base import Event

ACCESS_TOKEN_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(days=90)
"""A device that did not show up for so long is signed out."""
PROOF_LASTS = timedelta(minutes=10)
"""The age of a proof after which a person proves again who they are, before changing how they sign in."""
CLOCKS_APART = timedelta(minutes=1)
"""The largest difference expected between the clocks of accounts and of gateways."""
ENDED_STAY = timedelta(days=1)
"""The time for which an ended session is kept: longer than any access token of it is valid."""
MOST_SESSIONS = 50
"""Of one person at a time: the one used longest ago ends for the next."""

Revoked = Literal["signed_out_everywhere", "password_changed", "password_reset"]
Reason = Literal["signed_out", "token_reused", "password_changed", "account_closed"]


@dataclass(frozen=True, kw_only=True)
class Session:
    id: UUID
    person_id: UUID
    role: str
    device_id: UUID | None
    device_name: str
    generation: int
    signed_in_at: datetime
    last_used_at: datetime
    ended_at: datetime | None = None
    proved_at: datetime | None = None
    """The time at which its person last showed a password, a code or a passkey; refreshing proves nothing."""


def begin(session_id: UUID, person: Person, *, role: str, device: Device, now: datetime) -> Session:
    """Refuses `account_closed`."""
    if person.erases_at is not None:
        detail = "This account is closed and will be erased. To keep it, use the link in the mail about it."
        raise refusals.AccountClosed(detail, erases_at=person.erases_at.isoformat())
    return Session(
        id=session_id,
        person_id=person.id,
        role=role,
        device_id=device.device_id,
        device_name=device.name,
        generation=1,
        signed_in_at=now,
        last_used_at=now,
        proved_at=now,
    )


def find_superseded(others: list[Session], begun: Session) -> list[Session]:
    """Return the sessions that end as `begun` begins; `others` are live, last used first."""
    same_device = [
        each
        for each in others
        if begun.device_id and (each.device_id, each.role) == (begun.device_id, begun.role)
    ]
    left = [each for each in others if each not in same_device]
    return [*same_device, *left[MOST_SESSIONS - 1 :]]


def refresh(
    session: Session, *, generation: int, device_id: UUID | None, now: datetime
) -> tuple[Session, list[Event]]:
    """Return the session with its next refresh token, or ended if `generation` is an old one.

    The last one before the current gets the current one again. A token that this session has not come to yet
    is none of its own (the database was restored), and changes nothing. `device_id` is noted where none is
    known; one that differs ends nothing. Refuses `session_ended`.
    """
    over = session.ended_at is not None or session.last_used_at + SESSION_LASTS <= now
    if over or generation > session.generation:
        raise refusals.SessionEnded()
    if generation < session.generation - 1:
        return end(session, "token_reused", now=now)
    seen = replace(session, device_id=session.device_id or device_id, last_used_at=now)
    return replace(seen, generation=generation + 1), []


def end(session: Session, reason: Reason, *, now: datetime) -> tuple[Session, list[Event]]:
    """End a session; ending it again changes nothing."""
    if session.ended_at is not None:
        return session, []
    ended = SessionEnded(
        occurred_at=now,
        version=session.generation + 1,
        session_id=session.id,
        person_id=session.person_id,
        reason=reason,
    )
    return replace(session, ended_at=now), [ended]


def revoke_access(person: Person, reason: Revoked, *, now: datetime) -> tuple[Person, list[Event]]:
    """Return the person in their next version, with the event that ends calendar feeds and the like."""
    after = replace(person, version=person.version + 1)
    revoked = AccessRevoked(occurred_at=now, version=after.version, person_id=person.id, reason=reason)
    return after, [revoked]


def has_fresh_proof(session: Session, person_id: UUID, *, now: datetime) -> bool:
    """Return whether `person_id` proved on this session, less than `PROOF_LASTS` ago, who they are."""
    live = session.person_id == person_id and session.ended_at is None
    return live and session.proved_at is not None and now < session.proved_at + PROOF_LASTS


def prove(session: Session | None, person_id: UUID, *, now: datetime) -> Session:
    """Return the session with a fresh proof of who its person is. Refuses `session_ended`."""
    if session is None or session.person_id != person_id or session.ended_at is not None:
        raise refusals.SessionEnded()
    return replace(session, proved_at=now)


def kind_of_proof(command: Prove) -> str:
    """Return the kind of secret that is sent, by which its failures are counted. Refuses `invalid_value`."""
    given = {"password": command.password, "code": command.code, "passkey-proof": command.passkey}
    kinds = [kind for kind, secret in given.items() if secret is not None]
    if len(kinds) != 1:
        raise refusals.InvalidValue("Send one of password, code and passkey.", field="password")
    return kinds[0]


def proof_needed(*, code: bool, passkey: bool) -> refusals.Refused:
    """Return the refusal of what needs fresh proof; `prove_with` lists the ways to prove it."""
    ways = ["password", *["code"] * code, *["passkey"] * passkey]
    return refusals.ProofNeeded(prove_with=ways)
