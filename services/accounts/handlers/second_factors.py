"""Authenticator apps and passkeys."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts import codes, passkeys, throttle
from services.accounts.domain import limits, person, session
from services.accounts.operations import attempts
from services.accounts.operations.access_log import log_sign_in_change
from services.accounts.operations.challenges import answer_to_challenge, new_challenge, take_challenge
from services.accounts.operations.fresh_proof import require_fresh_proof
from services.accounts.operations.second_factors import check_code, use_passkey, wrong_code
from services.accounts.operations.sessions import begin_session, token_view
from services.accounts.operations.views import passkey_view
from services.accounts.passkeys import SignedChallenge
from services.accounts.store import people, sessions
from services.accounts.store.sessions import Passkey, Totp
from services.accounts.throttle import ORIGIN_SHARE
from services.accounts.tools import Tools
from services.accounts.vault import token_hash
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.factors import (
    AddPasskey,
    ConfirmTotp,
    ListPasskeys,
    PasskeysView,
    PasskeyView,
    RecoveryCodes,
    RemovePasskey,
    RemoveTotp,
    SignInWithPasskey,
    StartPasskey,
    StartPasskeySignIn,
    StartTotp,
    TotpOffer,
)
from shared.contracts.accounts.sessions import PasskeyOptions, TokenView
from shared.contracts.base import Done
from shared.db import Unit


@handles(StartTotp)
def start_totp(unit: Unit, command: StartTotp, *, tools: Tools, now: datetime) -> TotpOffer:
    secret = codes.new_secret()
    with unit() as work:
        owner = require_fresh_proof(work, command, now=now)
        if sessions.has_second_factor(work, owner.id):
            raise refusals.AlreadyOn("You already have an authenticator app. Remove it first.")
        sealed = tools.vault.seal(secret, of=owner.id)
        new = Totp(person_id=owner.id, sealed_secret=sealed, confirmed=False, last_step=0, recovery_hashes=[])
        sessions.put_totp(work, new)
    return TotpOffer(secret=secret, uri=codes.uri(secret, email=owner.email))


@handles(ConfirmTotp)
def confirm_totp(unit: Unit, command: ConfirmTotp, *, tools: Tools, now: datetime) -> RecoveryCodes:
    with attempts.count_proof(unit, "code", command.person_id, tools=tools):
        recovery = codes.new_recovery_codes()
        with unit() as work:
            owner = require_fresh_proof(work, command, now=now)
            offered = sessions.find_totp(work, owner.id, to_change=True)
            if offered is None or offered.confirmed:
                raise wrong_code()
            secret = tools.vault.unseal(offered.sealed_secret, of=owner.id)
            step = codes.matching_step(command.code, secret, now=now)
            if step is None:
                raise wrong_code()
            hashes = [token_hash(each) for each in recovery]
            sessions.put_totp(
                work, replace(offered, confirmed=True, last_step=step, recovery_hashes=hashes, added_at=now)
            )
            log_sign_in_change(work, owner, "totp_added", object_id=owner.id, now=now)
        return RecoveryCodes(codes=recovery)


@handles(RemoveTotp)
def remove_totp(unit: Unit, command: RemoveTotp, *, tools: Tools, now: datetime) -> Done:
    with attempts.count_proof(unit, "code", command.person_id, tools=tools):
        with unit() as work:
            owner = require_fresh_proof(work, command, now=now)
            if not sessions.has_second_factor(work, owner.id):
                return Done()
            check_code(work, owner, command.code, tools=tools, now=now)
            person.check_without_second_factor(owner)
            sessions.remove_totp(work, owner.id)
            log_sign_in_change(work, owner, "totp_removed", object_id=owner.id, now=now)
        return Done()


@handles(StartPasskey)
def start_passkey(
    unit: Unit, command: StartPasskey, *, challenge_id: UUID, tools: Tools, now: datetime
) -> PasskeyOptions:
    with unit() as work:
        owner = require_fresh_proof(work, command, now=now)
        challenge = new_challenge(work, challenge_id, owner.id, now=now)
        known = [each.credential_id for each in sessions.passkeys_of(work, owner.id)]
    options = tools.relying_party.creation_options(
        owner.id, email=owner.email, name=owner.name, known=known, challenge=challenge
    )
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(AddPasskey)
def add_passkey(unit: Unit, command: AddPasskey, *, tools: Tools, now: datetime) -> PasskeyView:
    passkey_id = uuid5(command.challenge_id, "passkey")
    with answer_to_challenge(unit) as work:
        owner = require_fresh_proof(work, command, now=now)
        for each in sessions.passkeys_of(work, owner.id):
            if each.id == passkey_id:  # the same command again
                return passkey_view(each)
        limits.check_limit("passkeys", len(sessions.passkeys_of(work, owner.id)))
        challenge = take_challenge(work, command.challenge_id, owner.id, now=now)
        credential_id, public_key, sign_count = tools.relying_party.verify_registration(
            command.credential, challenge=challenge
        )
        new = Passkey(
            id=passkey_id,
            person_id=owner.id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=command.name,
            added_at=now,
            last_used_at=None,
        )
        if not sessions.add_passkey(work, new):
            raise passkeys.bad_passkey()
        log_sign_in_change(work, owner, "passkey_added", object_id=new.id, now=now)
    return passkey_view(new)


@handles(ListPasskeys)
def list_passkeys(unit: Unit, command: ListPasskeys) -> PasskeysView:
    with unit() as work:
        mine = sessions.passkeys_of(work, command.person_id)
    return PasskeysView(passkeys=[passkey_view(each) for each in mine])


@handles(RemovePasskey)
def remove_passkey(unit: Unit, command: RemovePasskey, *, now: datetime) -> Done:
    with unit() as work:
        owner = require_fresh_proof(work, command, now=now)
        if sessions.remove_passkey(work, owner.id, command.passkey_id):
            log_sign_in_change(work, owner, "passkey_removed", object_id=command.passkey_id, now=now)
    return Done()


@handles(StartPasskeySignIn)
def start_passkey_sign_in(
    unit: Unit, command: StartPasskeySignIn, *, challenge_id: UUID, tools: Tools, now: datetime
) -> PasskeyOptions:
    tools.throttle.count("passkey", tools.settings.form_rate, command.origin, share=ORIGIN_SHARE)
    with unit() as work:
        challenge = new_challenge(work, challenge_id, None, now=now)
    options = tools.relying_party.request_options(challenge=challenge)
    return PasskeyOptions(challenge_id=challenge_id, options=options)


@handles(SignInWithPasskey)
def sign_in_with_passkey(
    unit: Unit, command: SignInWithPasskey, *, session_id: UUID, tools: Tools, now: datetime
) -> TokenView:
    networks = throttle.origin_subjects(command.origin, tools.settings.sign_in_rate)
    with tools.throttle.attempt("passkey-sign-in", *networks):
        with answer_to_challenge(unit) as work:
            challenge = take_challenge(work, command.challenge_id, None, now=now)
            credential_id = passkeys.credential_id(command.credential)
            known = sessions.find_passkey(work, credential_id)
            owner = people.find(work, known.person_id, to_change=True) if known else None
            known = sessions.find_passkey(work, credential_id)  # read again under the lock
            if known is None or owner is None:
                raise passkeys.bad_passkey()
            signed = SignedChallenge(command.credential, challenge)
            use_passkey(work, owner, known, signed, tools=tools, now=now)
            role = person.choose_role(owner, command.role)
            begun = session.begin(session_id, owner, role=role, device=command.device, now=now)
            begin_session(work, begun, now=now)
        return token_view(begun, tools=tools, now=now)
