"""Signing in with a password, refreshing a session, and signing out; passkeys stand in `second_factors`.

A password is compared outside transactions, and found unchanged under the lock before a session begins.
"""

from datetime import datetime
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import person, session
from services.accounts.operations import attempts, factors, session_changes
from services.accounts.store import people, sessions
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts import sessions as api
from shared.contracts.base import Done
from shared.db import Unit


@handles(api.SignIn)
def sign_in(
    unit: Unit, command: api.SignIn, *, session_id: UUID, tools: Tools, now: datetime
) -> api.TokenView:
    email, device_id = person.normalize_email(command.email), command.device.device_id
    with attempts.count_sign_in(unit, email, device_id, origin=command.origin, tools=tools):
        begun = _begin(unit, command, email, session_id=session_id, tools=tools, now=now)
    return session_changes.token_view(begun, tools=tools, now=now)


def _begin(
    unit: Unit, command: api.SignIn, email: str, *, session_id: UUID, tools: Tools, now: datetime
) -> session.Session:
    with unit() as work:
        known = people.find_by_email(work, email)
    known_hash = known.password_hash if known else None
    if not tools.aside(passwords.matches, command.password, known_hash) or known is None:
        raise refusals.WrongCredentials()
    with unit() as work:
        owner = people.find(work, known.id, to_change=True)
        if owner is None or owner.password_hash != known_hash:  # changed while it was compared
            raise refusals.WrongCredentials()
        factors.check_code(work, owner, command.code, tools=tools, now=now)
        role = person.choose_role(owner, command.role)
        begun = session.begin(session_id, owner, role=role, device=command.device, now=now)
        session_changes.begin(work, begun, now=now)
    return begun


@handles(api.RefreshSession)
def refresh(unit: Unit, command: api.RefreshSession, *, tools: Tools, now: datetime) -> api.TokenView:
    handed_out = tools.vault.read_refresh_token(command.refresh_token)
    if handed_out is None:
        raise refusals.SessionEnded()
    session_id, generation = handed_out
    with unit() as work:
        before = sessions.find(work, session_id, to_change=True)
        if before is None:
            raise refusals.SessionEnded()
        after, events = session.refresh(before, generation=generation, device_id=command.device_id, now=now)
        if after != before:
            sessions.save(work, after)
        work.publish(*events)
    if after.ended_at is not None:
        raise refusals.SessionEnded()
    return session_changes.token_view(after, tools=tools, now=now)


@handles(api.ListSessions)
def list_mine(unit: Unit, command: api.ListSessions) -> api.SessionsView:
    with unit() as work:
        mine = sessions.of_person(work, command.person_id)
    return api.SessionsView(sessions=[api.SessionView.of(each, session_id=each.id) for each in mine])


@handles(api.EndSession)
def end_one(unit: Unit, command: api.EndSession, *, now: datetime) -> Done:
    with unit() as work:
        found = sessions.find(work, command.session_id, to_change=True)
        if found and found.person_id == command.person_id:
            session_changes.end(work, [found], "signed_out", now=now)
    return Done()


@handles(api.EndAllSessions)
def end_all(unit: Unit, command: api.EndAllSessions, *, now: datetime) -> Done:
    with unit() as work:
        owner = people.find(work, command.person_id, to_change=True)
        if owner is not None:
            session_changes.end_all(work, owner.id, "signed_out", now=now)
            session_changes.revoke_access(work, owner, "signed_out_everywhere", now=now)
    return Done()


@handles(api.ListEndedSessions)
def list_ended(unit: Unit, _: api.ListEndedSessions, *, now: datetime) -> api.EndedSessions:
    with unit() as work:
        lately = sessions.ended_since(work, now - session.ACCESS_TOKEN_LASTS - session.CLOCKS_APART)
    ended = [api.EndedSession(session_id=session_id, ended_at=at) for session_id, at in lately]
    return api.EndedSessions(sessions=ended)


@handles(api.ListTokenKeys)
def list_token_keys(unit: Unit, _: api.ListTokenKeys, *, tools: Tools) -> api.TokenKeys:  # noqa: ARG001
    return api.TokenKeys(keys=[tools.signer.public_key()])


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Delete the sessions, challenges and devices that can be used no more."""
    unused_since = now - session.SESSION_LASTS
    with unit() as work:
        sessions.forget_old(work, ended_before=now - session.ENDED_STAY, unused_since=unused_since)
        sessions.forget_challenges(work, now=now)
        sessions.forget_devices(work, unseen_since=unused_since)


@every(600)
def forget_failures(unit: Unit, *, tools: Tools) -> None:  # noqa: ARG001
    """Forget the failures that no limit counts any more."""
    tools.throttle.forget_old()
