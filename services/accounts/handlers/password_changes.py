"""Passwords: reset by a mailed link, which a professional may send too, or changed with the current one.

A password is hashed outside transactions, and what it must satisfy is checked again under the lock.
"""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts import passwords
from services.accounts.domain import care, link, pending_mail, person, second_factors
from services.accounts.operations import access_log, attempts, factors, lookups, mailed_links, session_changes
from services.accounts.store import addresses, links, mails, people, sessions
from services.accounts.tools import Tools
from shared.bus import handles
from shared.contracts.accounts import recovery as api
from shared.contracts.accounts import refusals
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(api.AskReset)
def ask_reset(unit: Unit, command: api.AskReset, *, tools: Tools) -> Done:
    mailed_links.request(unit, "reset", command, tools=tools)
    return Done()


@handles(api.SendReset)
def send_reset(unit: Unit, command: api.SendReset, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    tools.throttle.count("reset", tools.settings.form_rate, f"{command.by}/{command.patient_id}")
    with unit() as work:
        patient = people.find(work, command.patient_id)
        lookups.check_patient(work, command.patient_id, by=command.by, role=command.role, to_reset=True)
        if patient is None:
            raise care.no_patient()
        mailed_links.send(work, "sent_reset", patient, link_id=link_id, tools=tools, now=now)
        sent = [(patient.id, link_id)]
        access_log.log(work, sent, "reset_sent", by=command.by, role=command.role, now=now)
    return Done()


@handles(api.GetLink)
def get_link(unit: Unit, command: api.GetLink, *, tools: Tools, now: datetime) -> api.LinkView:
    with unit() as work:
        seen = link.check(mailed_links.find(work, command.token, tools=tools), now=now)
    return api.LinkView.of(seen)


@handles(api.ResetPassword)
def reset(unit: Unit, command: api.ResetPassword, *, tools: Tools, now: datetime) -> Done:
    """Give the account back to the owner of its address: what a stranger may have added ends.

    A code of the authenticator app shows that it is the owner's. Refuses `dead_link`, `wrong_code`, and as
    `_hash_new_password` does.
    """
    with unit() as work:
        owner, _ = mailed_links.find_owner(work, command.token, "reset", tools=tools, now=now)
        totp = sessions.find_totp(work, owner.id)
    keeps_app = command.code is not None or second_factors.outlasts_reset(owner, totp)
    password_hash = _hash_new_password(owner, command.password, second_factor=keeps_app, tools=tools)
    guarded = attempts.count_proof(unit, "code", owner.id, tools=tools) if command.code else nullcontext()
    with guarded, unit() as work:
        owner, used = mailed_links.find_owner(work, command.token, "reset", tools=tools, now=now)
        ended = factors.end_doubtful_factors(work, owner, command.code, by=used.id, tools=tools, now=now)
        if command.device_id is not None:
            session_changes.remember_device(work, owner.id, command.device_id, now=now)
        _check_again(work, owner, command.password)
        after = replace(person.with_password(owner, command.password, password_hash), proved_at=now)
        session_changes.revoke_access(work, after, "password_reset", now=now)
        links.use_all_of(work, owner.id, "reset", "deletion", now=now)
        addresses.end_open_changes(work, owner.id, now=now)
        access_log.log_change(work, owner, "password_reset", by=owner.id, object_id=used.id, now=now)
        told = pending_mail.draft(uuid5(used.id, "reset_done"), "reset_done", owner.email, now=now)
        mails.add(work, replace(told, facts=ended))
    attempts.forgive(owner, command.device_id, tools=tools)
    return Done()


@handles(api.ChangePassword)
def change(unit: Unit, command: api.ChangePassword, *, tools: Tools, now: datetime) -> Done:
    person_id, origin = command.person_id, command.origin
    with attempts.count_proof(unit, "password", person_id, origin=origin, tools=tools):
        with unit() as work:
            before = lookups.find_person(work, person_id)
            has_app = sessions.has_second_factor(work, before.id)
        if not tools.aside(passwords.matches, command.current, before.password_hash):
            raise refusals.WrongPassword(field="current")
        password_hash = _hash_new_password(before, command.password, second_factor=has_app, tools=tools)
        with unit() as work:
            owner = lookups.find_person(work, person_id, to_change=True)
            person.check_password_unchanged(owner, before, field="current")
            _check_again(work, owner, command.password)
            after = person.with_password(owner, command.password, password_hash)
            session_changes.revoke_access(work, after, "password_changed", now=now)
            session_changes.end_all(work, owner.id, "password_changed", but=command.session_id, now=now)
            links.use_all_of(work, owner.id, "reset", "deletion", now=now)
            access_log.log_sign_in_change(work, owner, "password_changed", object_id=owner.id, now=now)
        return Done()


def _hash_new_password(owner: person.Person, password: str, *, second_factor: bool, tools: Tools) -> str:
    """Refuses `weak_password` and `common_password`."""
    guessable = tools.aside(passwords.is_guessable, password, (owner.name, owner.email))
    person.check_password(password, roles=owner.roles, second_factor=second_factor, guessable=guessable)
    hashed: str = tools.aside(passwords.hash_password, password)
    return hashed


def _check_again(work: Work, owner: person.Person, password: str) -> None:
    """Check again, as the owner may take a role or lose a factor during hashing. Refuses `weak_password`."""
    has_app = sessions.has_second_factor(work, owner.id)
    person.check_password(password, roles=owner.roles, second_factor=has_app, guessable=False)
