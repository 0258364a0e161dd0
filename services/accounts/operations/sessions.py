"""Sessions: they begin and end here, with their devices and events. Their owner is locked."""

from datetime import datetime
from uuid import UUID

from services.accounts.domain import session
from services.accounts.domain.session import ACCESS_TOKEN_LASTS, Session
from services.accounts.store import sessions
from services.accounts.tools import Tools
from shared.contracts.accounts.sessions import TokenView
from shared.db import Work


def begin_session(work: Work, begun: Session, *, now: datetime) -> None:
    """In place of an earlier one of the same device in that role, and of the oldest if there are too many."""
    others = sessions.of_person(work, begun.person_id, to_change=True)
    end_sessions(work, session.find_superseded(others, begun), "signed_out", now=now)
    sessions.add(work, begun)
    _know_device_of(work, begun, now=now)


def end_sessions(work: Work, going: list[Session], reason: session.Reason, *, now: datetime) -> None:
    """`going` are locked."""
    for each in going:
        after, events = session.end(each, reason, now=now)
        sessions.save(work, after)
        _know_device_of(work, after, now=now)
        work.publish(*events)


def token_view(of: Session, *, tools: Tools, now: datetime) -> TokenView:
    return TokenView(
        access_token=tools.signer.token(of, now=now),
        expires_in=int(ACCESS_TOKEN_LASTS.total_seconds()),
        refresh_token=tools.vault.refresh_token(of.id, of.generation),
        session_id=of.id,
        account_id=of.person_id,
        role=of.role,
    )


def remember_device(work: Work, person_id: UUID, device_id: UUID, *, now: datetime) -> None:
    """Failures of others to sign in to the account do not keep this device out."""
    sessions.remember_device(work, person_id, device_id, most=session.MOST_SESSIONS, now=now)


def _know_device_of(work: Work, of: Session, *, now: datetime) -> None:
    if of.device_id is not None:
        remember_device(work, of.person_id, of.device_id, now=now)
