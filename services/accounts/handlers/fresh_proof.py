"""Proving on a session who the caller is, with a password, a code or a passkey."""

from datetime import datetime
from uuid import UUID

from services.accounts import passkeys, passwords
from services.accounts.domain import person, second_factors, session
from services.accounts.operations import attempts, factors, lookups
from services.accounts.store import sessions
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
        owner = lookups.find_person(work, command.person_id)
        challenge = factors.new_challenge(work, challenge_id, owner.id, now=now)
        known = [each.credential_id for each in sessions.passkeys_of(work, owner.id)]
    options = tools.relying_party.request_options(challenge=challenge, known=known)
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(Prove)
def prove(unit: Unit, command: Prove, *, tools: Tools, now: datetime) -> Done:
    """Refuses `wrong_password`, `wrong_code`, `bad_passkey` and `session_ended`."""
    kind = session.kind_of_proof(command)
    with attempts.count_proof(unit, kind, command.person_id, origin=command.origin, tools=tools):
        if command.password is not None:
            _prove_by_password(unit, command, command.password, tools=tools, now=now)
        elif command.code is not None:
            _prove_by_code(unit, command, command.code, tools=tools, now=now)
        elif command.passkey is not None:
            _prove_by_passkey(unit, command, command.passkey, tools=tools, now=now)
    return Done()


def _prove_by_password(unit: Unit, command: Prove, password: str, *, tools: Tools, now: datetime) -> None:
    with unit() as work:
        known = lookups.find_person(work, command.person_id)
    if not tools.aside(passwords.matches, password, known.password_hash):
        raise refusals.WrongPassword(field="password")
    with unit() as work:
        owner = lookups.find_person(work, command.person_id, to_change=True)
        person.check_password_unchanged(owner, known, field="password")
        _save_proof(work, command, now=now)


def _prove_by_code(unit: Unit, command: Prove, code: str, *, tools: Tools, now: datetime) -> None:
    with unit() as work:
        owner = lookups.find_person(work, command.person_id, to_change=True)
        if not sessions.has_second_factor(work, owner.id):
            raise refusals.WrongCode()
        factors.check_code(work, owner, code, tools=tools, now=now)
        _save_proof(work, command, now=now)


def _prove_by_passkey(
    unit: Unit, command: Prove, given: PasskeyAnswer, *, tools: Tools, now: datetime
) -> None:
    with factors.answer_to_challenge(unit) as work:
        owner = lookups.find_person(work, command.person_id, to_change=True)
        challenge = factors.take_challenge(work, given.challenge_id, owner.id, now=now)
        known = sessions.find_passkey(work, passkeys.credential_id(given.credential))
        known = second_factors.check_passkey_of(known, owner.id)
        signed = passkeys.SignedChallenge(given.credential, challenge)
        factors.check_passkey(work, owner, known, signed, tools=tools, now=now)
        _save_proof(work, command, now=now)


def _save_proof(work: Work, command: Prove, *, now: datetime) -> None:
    at_hand = sessions.find(work, command.session_id, to_change=True)
    sessions.save(work, session.prove(at_hand, command.person_id, now=now))
