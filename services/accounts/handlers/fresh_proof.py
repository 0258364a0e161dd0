"""Proving on a session who the caller is, with a password, a code or a passkey."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.accounts import passkeys, passwords
from services.accounts.domain import session
from services.accounts.domain.person import found
from services.accounts.operations import attempts
from services.accounts.operations.challenges import answer_to_challenge, new_challenge, take_challenge
from services.accounts.operations.second_factors import check_code, use_passkey, wrong_code
from services.accounts.passkeys import SignedChallenge
from services.accounts.store import people, sessions
from services.accounts.tools import Tools
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.sessions import PasskeyAnswer, PasskeyOptions, Prove, StartProof
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(StartProof)
def start(
    unit: Unit, command: StartProof, *, challenge_id: UUID, tools: Tools, now: datetime
) -> PasskeyOptions:
    with unit() as work:
        owner = found(people.find(work, command.person_id))
        challenge = new_challenge(work, challenge_id, owner.id, now=now)
        known = [each.credential_id for each in sessions.passkeys_of(work, owner.id)]
    options = tools.relying_party.request_options(challenge=challenge, known=known)
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(Prove)
def prove(unit: Unit, command: Prove, *, tools: Tools, now: datetime) -> Done:
    """Refuses `wrong_password`, `wrong_code`, `bad_passkey` and `session_ended`."""
    given = [command.password, command.code, command.passkey]
    if len([each for each in given if each is not None]) != 1:
        raise refusals.InvalidValue("Send one of password, code and passkey.", field="password")
    what = "password" if command.password is not None else "code"
    if command.passkey is not None:
        what = "passkey-proof"
    with attempts.count_proof(unit, what, command.person_id, origin=command.origin, tools=tools):
        if command.password is not None:
            _prove_by_password(unit, command, command.password, tools=tools, now=now)
        elif command.code is not None:
            _prove_by_code(unit, command, command.code, tools=tools, now=now)
        elif command.passkey is not None:
            _prove_by_passkey(unit, command, command.passkey, tools=tools, now=now)
    return Done()


def _prove_by_password(unit: Unit, command: Prove, password: str, *, tools: Tools, now: datetime) -> None:
    with unit() as work:
        known = found(people.find(work, command.person_id))
    if not tools.aside(passwords.matches, password, known.password_hash):
        raise refusals.WrongPassword(field="password")
    with unit() as work:
        owner = found(people.find(work, command.person_id, to_change=True))
        if owner.password_hash != known.password_hash:
            raise refusals.WrongPassword("Your password has just been changed.", field="password")
        _save_proof(work, command, now=now)


def _prove_by_code(unit: Unit, command: Prove, code: str, *, tools: Tools, now: datetime) -> None:
    with unit() as work:
        owner = found(people.find(work, command.person_id, to_change=True))
        if not sessions.has_second_factor(work, owner.id):
            raise wrong_code()
        check_code(work, owner, code, tools=tools, now=now)
        _save_proof(work, command, now=now)


def _prove_by_passkey(
    unit: Unit, command: Prove, given: PasskeyAnswer, *, tools: Tools, now: datetime
) -> None:
    with answer_to_challenge(unit) as work:
        owner = found(people.find(work, command.person_id, to_change=True))
        challenge = take_challenge(work, given.challenge_id, owner.id, now=now)
        known = sessions.find_passkey(work, passkeys.credential_id(given.credential))
        if known is None or known.person_id != owner.id:
            raise passkeys.bad_passkey()
        signed = SignedChallenge(given.credential, challenge)
        use_passkey(work, owner, known, signed, tools=tools, now=now)
        _save_proof(work, command, now=now)


def _save_proof(work: Work, command: Prove, *, now: datetime) -> None:
    at_hand = sessions.find_to_change(work, command.session_id)
    if at_hand is None or at_hand.person_id != command.person_id or at_hand.ended_at is not None:
        raise session.session_ended()
    sessions.save(work, replace(at_hand, proved_at=now))
