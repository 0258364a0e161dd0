"""Signing in with a password, staying in, and being signed out."""

from datetime import datetime, timedelta
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import person, session
from services.accounts.domain.session import ACCESS_TOKEN_LASTS, Session
from services.accounts.operations import attempts
from services.accounts.operations.second_factors import check_code
from services.accounts.operations.sessions import begin_session, end_sessions, token_view
from services.accounts.store import people, sessions
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.sessions import (
    EndAllSessions,
    EndedSession,
    EndedSessions,
    EndSession,
    ListEndedSessions,
    ListSessions,
    ListTokenKeys,
    RefreshSession,
    SessionsView,
    SessionView,
    SignIn,
    TokenKeys,
    TokenView,
)
from shared.contracts.base import Done
from shared.db import Unit

CLOCKS_APART = timedelta(minutes=1)
"""The largest difference expected between the clocks of accounts and of gateways."""


@handles(SignIn)
def sign_in(unit: Unit, command: SignIn, *, session_id: UUID, tools: Tools, now: datetime) -> TokenView:
    email = person.normalize_email(command.email)
    with attempts.count_sign_in(unit, email, command.device.device_id, origin=command.origin, tools=tools):
        begun = _begin(unit, command, email, session_id=session_id, tools=tools, now=now)
    return token_view(begun, tools=tools, now=now)


def _begin(
    unit: Unit, command: SignIn, email: str, *, session_id: UUID, tools: Tools, now: datetime
) -> Session:
    with unit() as work:
        known = people.find_by_email(work, email)
    known_hash = known.password_hash if known else None
    if not tools.aside(passwords.matches, command.password, known_hash) or known is None:
        raise wrong_credentials()
    with unit() as work:
        owner = people.find(work, known.id, to_change=True)
        if owner is None or owner.password_hash != known_hash:  # changed while we looked
            raise wrong_credentials()
        check_code(work, owner, command.code, tools=tools, now=now)
        begun = session.begin(
            session_id, owner, role=person.choose_role(owner, command.role), device=command.device, now=now
        )
        begin_session(work, begun, now=now)
    return begun


@handles(RefreshSession)
def refresh(unit: Unit, command: RefreshSession, *, tools: Tools, now: datetime) -> TokenView:
    handed_out = tools.vault.read_refresh_token(command.refresh_token)
    if handed_out is None:
        raise session.session_ended()
    session_id, generation = handed_out
    with unit() as work:
        before = sessions.find_to_change(work, session_id)
        if before is None:
            raise session.session_ended()
        after, events = session.refresh(before, generation=generation, device_id=command.device_id, now=now)
        if after != before:
            sessions.save(work, after)
        work.publish(*events)
    if after.ended_at is not None:
        raise session.session_ended()
    return token_view(after, tools=tools, now=now)


@handles(ListSessions)
def list_mine(unit: Unit, command: ListSessions) -> SessionsView:
    with unit() as work:
        found = sessions.of_person(work, command.person_id)
    return SessionsView(
        sessions=[
            SessionView(
                session_id=each.id,
                role=each.role,
                device_name=each.device_name,
                signed_in_at=each.signed_in_at,
                last_used_at=each.last_used_at,
            )
            for each in found
        ]
    )


@handles(EndSession)
def end_one(unit: Unit, command: EndSession, *, now: datetime) -> Done:
    with unit() as work:
        found = sessions.find_to_change(work, command.session_id)
        if found and found.person_id == command.person_id:
            end_sessions(work, [found], "signed_out", now=now)
    return Done()


@handles(EndAllSessions)
def end_all(unit: Unit, command: EndAllSessions, *, now: datetime) -> Done:
    with unit() as work:
        owner = people.find(work, command.person_id, to_change=True)
        if owner is not None:
            end_sessions(work, sessions.of_person(work, owner.id, to_change=True), "signed_out", now=now)
            after, events = session.revoke_access(owner, "signed_out_everywhere", now=now)
            people.save(work, after)
            work.publish(*events)
    return Done()


@handles(ListEndedSessions)
def list_ended(unit: Unit, _: ListEndedSessions, *, now: datetime) -> EndedSessions:
    with unit() as work:
        found = sessions.ended_since(work, now - ACCESS_TOKEN_LASTS - CLOCKS_APART)
    return EndedSessions(sessions=[EndedSession(session_id=which, ended_at=at) for which, at in found])


@handles(ListTokenKeys)
def list_token_keys(unit: Unit, _: ListTokenKeys, *, tools: Tools) -> TokenKeys:  # noqa: ARG001
    return TokenKeys(keys=[tools.signer.public_key()])


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Delete the sessions, challenges and devices that can be used no more."""
    with unit() as work:
        ended_before, unused_since = now - timedelta(days=1), now - session.SESSION_LASTS
        sessions.forget_old(work, ended_before=ended_before, unused_since=unused_since)
        sessions.forget_challenges(work, now=now)
        sessions.forget_devices(work, unseen_since=now - session.SESSION_LASTS)


def wrong_credentials() -> refusals.Refused:
    return refusals.WrongCredentials()


@every(600)
def forget_failures(unit: Unit, *, tools: Tools) -> None:  # noqa: ARG001
    """Forget the failures that no limit counts any more."""
    tools.throttle.forget_old()
