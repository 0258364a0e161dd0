"""Sessions: they begin and end here, with their devices and events. Their owner is locked."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.accounts.domain import person, session
from services.accounts.store import people, sessions
from services.accounts.tools import Tools
from shared.contracts.accounts.sessions import TokenView
from shared.db import Work


def begin(work: Work, begun: session.Session, *, now: datetime) -> None:
    """Begin a session in place of those that `find_superseded` returns."""
    others = sessions.of_person(work, begun.person_id, to_change=True)
    end(work, session.find_superseded(others, begun), "signed_out", now=now)
    sessions.add(work, begun)
    _know_device_of(work, begun, now=now)


def end(work: Work, going: Iterable[session.Session], reason: session.Reason, *, now: datetime) -> None:
    """End these sessions, which are locked."""
    for each in going:
        after, events = session.end(each, reason, now=now)
        sessions.save(work, after)
        _know_device_of(work, after, now=now)
        work.publish(*events)


def end_all(
    work: Work, person_id: UUID, reason: session.Reason, *, but: UUID | None = None, now: datetime
) -> int:
    """End the sessions of a person except `but`; return how many."""
    going = [each for each in sessions.of_person(work, person_id, to_change=True) if each.id != but]
    end(work, going, reason, now=now)
    return len(going)


def revoke_access(
    work: Work, owner: person.Person, reason: session.Revoked, *, now: datetime
) -> person.Person:
    """Save the owner in their next version, and have calendar feeds and the like end."""
    after, events = session.revoke_access(owner, reason, now=now)
    people.save(work, after)
    work.publish(*events)
    return after


def token_view(of: session.Session, *, tools: Tools, now: datetime) -> TokenView:
    return TokenView(
        access_token=tools.signer.token(of, now=now),
        expires_in=int(session.ACCESS_TOKEN_LASTS.total_seconds()),
        refresh_token=tools.vault.refresh_token(of.id, of.generation),
        session_id=of.id,
        account_id=of.person_id,
        role=of.role,
    )


def remember_device(work: Work, person_id: UUID, device_id: UUID, *, now: datetime) -> None:
    """Remember a device: failures of others to sign in to the account do not keep it out."""
    sessions.remember_device(work, person_id, device_id, most=session.MOST_SESSIONS, now=now)


def _know_device_of(work: Work, of: session.Session, *, now: datetime) -> None:
    if of.device_id is not None:
        remember_device(work, of.person_id, of.device_id, now=now)
