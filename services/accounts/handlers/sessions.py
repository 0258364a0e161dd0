"""Signing in with a password, staying in, and being signed out."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts import codes, passwords
from services.accounts.domain import person, removal, session
from services.accounts.domain.person import Person
from services.accounts.domain.session import ACCESS_TOKEN_LASTS, Session
from services.accounts.handlers import attempts
from services.accounts.handlers.people import rights_changed
from services.accounts.handlers.tools import Tools
from services.accounts.store import people, removals, sessions
from services.accounts.vault import token_hash
from shared.bus import every, handles
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
from shared.db import Unit, Work
from shared.errors import Refused

CLOCKS_APART = timedelta(minutes=1)
"""What the clocks of accounts and gateways may differ by, and more."""


@handles(SignIn)
def sign_in(unit: Unit, command: SignIn, *, session_id: UUID, tools: Tools, now: datetime) -> TokenView:
    email = person.same_address(command.email)
    with attempts.sign_in(unit, email, command.device.device_id, origin=command.origin, tools=tools):
        begun = _signed_in(unit, command, email, session_id=session_id, tools=tools, now=now)
    return token_view(begun, tools=tools, now=now)


def _signed_in(
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
            session_id, owner, role=person.role_for(owner, command.role), device=command.device, now=now
        )
        begin(work, begun, now=now)
    return begun


def begin(work: Work, begun: Session, *, now: datetime) -> None:
    """In place of an earlier one of the same device in that role, and of the oldest if there are too many."""
    others = sessions.of_person(work, begun.person_id, to_change=True)
    end(work, session.replaced(others, begun), "signed_out", now=now)
    sessions.add(work, begun)
    _know_device_of(work, begun, now=now)


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
            end(work, [found], "signed_out", now=now)
    return Done()


@handles(EndAllSessions)
def end_all(unit: Unit, command: EndAllSessions, *, now: datetime) -> Done:
    with unit() as work:
        owner = people.find(work, command.person_id, to_change=True)
        if owner is not None:
            end(work, sessions.of_person(work, owner.id, to_change=True), "signed_out", now=now)
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
    """What nobody can use any more."""
    with unit() as work:
        ended_before, unused_since = now - timedelta(days=1), now - session.SESSION_LASTS
        sessions.forget_old(work, ended_before=ended_before, unused_since=unused_since)
        sessions.forget_challenges(work, now=now)
        sessions.forget_devices(work, unseen_since=now - session.SESSION_LASTS)


def end(work: Work, going: list[Session], reason: session.Reason, *, now: datetime) -> None:
    """`going` are locked."""
    for each in going:
        after, events = session.end(each, reason, now=now)
        sessions.save(work, after)
        _know_device_of(work, after, now=now)
        work.publish(*events)


def check_code(work: Work, owner: Person, code: str | None, *, tools: Tools, now: datetime) -> None:
    """Where the account asks for a code: that it is good, and was not used. `owner` is locked.

    Refuses `code_needed` and `wrong_code`.
    """
    totp = sessions.find_totp(work, owner.id, to_change=True)
    if totp is None or not totp.confirmed:
        return
    if code is None:
        detail = "Add code: six digits of your authenticator app, or a recovery code."
        raise Refused("code_needed", detail, field="code")
    if token_hash(code) in totp.recovery_hashes:
        left = [each for each in totp.recovery_hashes if each != token_hash(code)]
        sessions.put_totp(work, replace(totp, recovery_hashes=left))
        stop_removal(work, owner, now=now)
        return
    step = codes.step_of(code, tools.vault.unseal(totp.sealed_secret, of=owner.id), now=now)
    if step is None or step <= totp.last_step:
        raise wrong_code()
    sessions.put_totp(work, replace(totp, last_step=step))
    stop_removal(work, owner, now=now)


def stop_removal(work: Work, owner: Person, *, now: datetime) -> None:
    """Stop a waiting removal, as the owner has used a factor or a mailed link. `owner` is locked."""
    under_way = removals.waiting(work, owner.id)
    if under_way is not None:
        removals.save(work, removal.end(under_way, "stopped", now=now))
        entry = rights_changed(owner, "factor_removal_stopped", by=owner.id, now=now, object_id=under_way.id)
        people.write_down(work, entry)


def token_view(of: Session, *, tools: Tools, now: datetime) -> TokenView:
    return TokenView(
        access_token=tools.signer.token(of, now=now),
        expires_in=int(ACCESS_TOKEN_LASTS.total_seconds()),
        refresh_token=tools.vault.refresh_token(of.id, of.generation),
        session_id=of.id,
        account_id=of.person_id,
        role=of.role,
    )


def know_device(work: Work, person_id: UUID, device_id: UUID, *, now: datetime) -> None:
    """Failures of others to sign in to the account do not keep this device out."""
    sessions.know_device(work, person_id, device_id, most=session.MOST_SESSIONS, now=now)


def _know_device_of(work: Work, of: Session, *, now: datetime) -> None:
    if of.device_id is not None:
        know_device(work, of.person_id, of.device_id, now=now)


def wrong_credentials() -> Refused:
    detail = (
        "The e-mail address or the password is not right. "
        "If you have just registered, confirm your address first."
    )
    return Refused("wrong_credentials", detail)


def wrong_code() -> Refused:
    detail = "This code is not right, or was used: take the one that your app shows now."
    return Refused("wrong_code", detail, field="code")
