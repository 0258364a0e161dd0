"""Authenticator apps and passkeys: added, listed and removed by their owner, and signing in with a passkey.

`operations/factors.py` checks a code or a passkey, `domain/second_factors.py` has the rules.
"""

from datetime import datetime
from uuid import UUID, uuid5

from services.accounts import codes, passkeys, throttle, vault
from services.accounts.domain import limits, person, second_factors, session
from services.accounts.operations import access_log, attempts, factors, fresh_proof, session_changes
from services.accounts.store import people, sessions
from services.accounts.tools import Tools
from shared.bus import handles
from shared.contracts.accounts import factors as api
from shared.contracts.accounts import refusals
from shared.contracts.accounts.sessions import PasskeyOptions, TokenView
from shared.contracts.base import Done
from shared.db import Unit


@handles(api.StartTotp)
def start_totp(unit: Unit, command: api.StartTotp, *, tools: Tools, now: datetime) -> api.AuthenticatorSecret:
    secret = codes.new_secret()
    with unit() as work:
        owner = fresh_proof.require(work, command, now=now)
        second_factors.check_no_app(sessions.has_second_factor(work, owner.id))
        sealed = tools.vault.seal(secret, of=owner.id)
        sessions.put_totp(work, second_factors.Totp(person_id=owner.id, sealed_secret=sealed))
    return api.AuthenticatorSecret(secret=secret, uri=codes.uri(secret, email=owner.email))


@handles(api.ConfirmTotp)
def confirm_totp(unit: Unit, command: api.ConfirmTotp, *, tools: Tools, now: datetime) -> api.RecoveryCodes:
    with attempts.count_proof(unit, "code", command.person_id, tools=tools):
        recovery = codes.new_recovery_codes()
        hashes = tuple(vault.token_hash(each) for each in recovery)
        with unit() as work:
            owner = fresh_proof.require(work, command, now=now)
            offered = second_factors.check_offered(sessions.find_totp(work, owner.id, to_change=True))
            secret = tools.vault.unseal(offered.sealed_secret, of=owner.id)
            step = codes.matching_step(command.code, secret, now=now)
            confirmed = second_factors.confirm(offered, step=step, recovery_hashes=hashes, now=now)
            sessions.put_totp(work, confirmed)
            access_log.log_sign_in_change(work, owner, "totp_added", object_id=owner.id, now=now)
        return api.RecoveryCodes(codes=recovery)


@handles(api.RemoveTotp)
def remove_totp(unit: Unit, command: api.RemoveTotp, *, tools: Tools, now: datetime) -> Done:
    with attempts.count_proof(unit, "code", command.person_id, tools=tools):
        with unit() as work:
            owner = fresh_proof.require(work, command, now=now)
            if not sessions.has_second_factor(work, owner.id):
                return Done()
            factors.check_code(work, owner, command.code, tools=tools, now=now)
            person.check_without_second_factor(owner)
            sessions.remove_totp(work, owner.id)
            access_log.log_sign_in_change(work, owner, "totp_removed", object_id=owner.id, now=now)
        return Done()


@handles(api.StartPasskey)
def start_passkey(
    unit: Unit, command: api.StartPasskey, *, challenge_id: UUID, tools: Tools, now: datetime
) -> PasskeyOptions:
    with unit() as work:
        owner = fresh_proof.require(work, command, now=now)
        challenge = factors.new_challenge(work, challenge_id, owner.id, now=now)
        known = [each.credential_id for each in sessions.passkeys_of(work, owner.id)]
    options = tools.relying_party.creation_options(
        owner.id, email=owner.email, name=owner.name, known=known, challenge=challenge
    )
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(api.AddPasskey)
def add_passkey(unit: Unit, command: api.AddPasskey, *, tools: Tools, now: datetime) -> api.PasskeyView:
    passkey_id = uuid5(command.challenge_id, "passkey")
    with factors.answer_to_challenge(unit) as work:
        owner = fresh_proof.require(work, command, now=now)
        mine = sessions.passkeys_of(work, owner.id)
        for each in mine:
            if each.id == passkey_id:  # the same command again
                return _view(each)
        limits.check_limit("passkeys", len(mine))
        challenge = factors.take_challenge(work, command.challenge_id, owner.id, now=now)
        credential_id, public_key, sign_count = tools.relying_party.verify_registration(
            command.credential, challenge=challenge
        )
        new = second_factors.Passkey(
            id=passkey_id,
            person_id=owner.id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=command.name,
            added_at=now,
        )
        if not sessions.add_passkey(work, new):
            raise refusals.BadPasskey()
        access_log.log_sign_in_change(work, owner, "passkey_added", object_id=new.id, now=now)
    return _view(new)


@handles(api.ListPasskeys)
def list_passkeys(unit: Unit, command: api.ListPasskeys) -> api.PasskeysView:
    with unit() as work:
        mine = sessions.passkeys_of(work, command.person_id)
    return api.PasskeysView(passkeys=[_view(each) for each in mine])


@handles(api.RemovePasskey)
def remove_passkey(unit: Unit, command: api.RemovePasskey, *, now: datetime) -> Done:
    with unit() as work:
        owner = fresh_proof.require(work, command, now=now)
        if sessions.remove_passkey(work, owner.id, command.passkey_id):
            access_log.log_sign_in_change(
                work, owner, "passkey_removed", object_id=command.passkey_id, now=now
            )
    return Done()


@handles(api.StartPasskeySignIn)
def start_passkey_sign_in(
    unit: Unit, command: api.StartPasskeySignIn, *, challenge_id: UUID, tools: Tools, now: datetime
) -> PasskeyOptions:
    tools.throttle.count("passkey", tools.settings.form_rate, command.origin, share=limits.ORIGIN_SHARE)
    with unit() as work:
        challenge = factors.new_challenge(work, challenge_id, None, now=now)
    options = tools.relying_party.request_options(challenge=challenge)
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(api.SignInWithPasskey)
def sign_in_with_passkey(
    unit: Unit, command: api.SignInWithPasskey, *, session_id: UUID, tools: Tools, now: datetime
) -> TokenView:
    networks = throttle.origin_subjects(command.origin, tools.settings.sign_in_rate)
    with tools.throttle.attempt("passkey-sign-in", *networks):
        with factors.answer_to_challenge(unit) as work:
            challenge = factors.take_challenge(work, command.challenge_id, None, now=now)
            credential_id = passkeys.credential_id(command.credential)
            known = sessions.find_passkey(work, credential_id)
            owner = people.find(work, known.person_id, to_change=True) if known else None
            known = sessions.find_passkey(work, credential_id)  # read again under the lock
            if known is None or owner is None:
                raise refusals.BadPasskey()
            signed = passkeys.SignedChallenge(command.credential, challenge)
            factors.check_passkey(work, owner, known, signed, tools=tools, now=now)
            role = person.choose_role(owner, command.role)
            begun = session.begin(session_id, owner, role=role, device=command.device, now=now)
            session_changes.begin(work, begun, now=now)
        return session_changes.token_view(begun, tools=tools, now=now)


def _view(passkey: second_factors.Passkey) -> api.PasskeyView:
    return api.PasskeyView.of(passkey, passkey_id=passkey.id)
