"""Passwords, lost and changed, and the links that help."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.accounts import passwords
from services.accounts.domain import link, pending_mail, person, session
from services.accounts.domain.care import MAY_SEND_RESET
from services.accounts.domain.clinic import not_yours
from services.accounts.domain.person import Person, found
from services.accounts.operations import attempts
from services.accounts.operations.access_log import change_entry, log_sign_in_change
from services.accounts.operations.links import find_link, find_owner_by_link, send_link
from services.accounts.operations.second_factors import end_doubtful_factors, is_kept
from services.accounts.operations.sessions import end_sessions, remember_device
from services.accounts.store import addresses, clinics, links, mails, people, sessions
from services.accounts.throttle import ORIGIN_SHARE
from services.accounts.tools import Tools
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.recovery import (
    AskReset,
    ChangePassword,
    GetLink,
    LinkView,
    ResetPassword,
    SendReset,
)
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(AskReset)
def ask_reset(unit: Unit, command: AskReset, *, tools: Tools) -> Done:
    """Note the address; a timer looks it up, so neither the answer nor its time reveals if it is known."""
    email = person.normalize_email(command.email)
    tools.throttle.count("reset", tools.settings.form_rate, command.origin, share=ORIGIN_SHARE)
    with unit() as work:
        mails.request(work, "reset", email)
    return Done()


@handles(SendReset)
def send_reset(unit: Unit, command: SendReset, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    tools.throttle.count("reset", tools.settings.form_rate, f"{command.by}/{command.patient_id}")
    with unit() as work:
        patient = people.find(work, command.patient_id)
        hers = clinics.has_patient(
            work, command.by, command.role, command.patient_id, statuses=MAY_SEND_RESET
        )
        if patient is None or not hers:
            raise not_yours("This person is not your patient.")
        send_link(work, "sent_reset", patient, link_id=link_id, tools=tools, now=now)
        sent = change_entry(patient, "reset_sent", by=command.by, now=now, object_id=link_id)
        people.log_access(work, replace(sent, actor_role=command.role))
    return Done()


@handles(GetLink)
def get_link(unit: Unit, command: GetLink, *, tools: Tools, now: datetime) -> LinkView:
    with unit() as work:
        seen = link.check(find_link(work, command.token, tools=tools), now=now)
    return LinkView(kind=seen.kind, expires_at=seen.expires_at)


@handles(ResetPassword)
def reset(unit: Unit, command: ResetPassword, *, tools: Tools, now: datetime) -> Done:
    """Give the account back to the owner of its address: what a stranger may have added ends.

    A code of the authenticator app shows that it is the owner's. Refuses `dead_link`, `wrong_code`, and as
    `_hash_new_password` does.
    """
    with unit() as work:
        owner, _ = find_owner_by_link(work, command.token, "reset", tools=tools, now=now)
        totp = command.code is not None or is_kept(owner, sessions.find_totp(work, owner.id))
    new_password = _hash_new_password(owner, command.password, totp=totp, tools=tools)
    guarded = attempts.count_proof(unit, "code", owner.id, tools=tools) if command.code else nullcontext()
    with guarded, unit() as work:
        owner, used = find_owner_by_link(work, command.token, "reset", tools=tools, now=now)
        ended = end_doubtful_factors(work, owner, command.code, by=used.id, tools=tools, now=now)
        if command.device_id is not None:
            remember_device(work, owner.id, command.device_id, now=now)
        _check_again(work, owner, command.password)
        proved = replace(owner, proved_at=now, **new_password)
        after, events = session.revoke_access(proved, "password_reset", now=now)
        people.save(work, after)
        work.publish(*events)
        links.use_all_of(work, owner.id, "reset", "deletion", now=now)
        addresses.end_open_changes(work, owner.id, now=now)
        people.log_access(
            work, change_entry(owner, "password_reset", by=owner.id, now=now, object_id=used.id)
        )
        mail_id = uuid5(used.id, "reset_done")
        told = pending_mail.draft(mail_id, "reset_done", owner.email, now=now)
        mails.add(work, replace(told, facts=ended))
    attempts.forgive(owner, command.device_id, tools=tools)
    return Done()


@handles(ChangePassword)
def change(unit: Unit, command: ChangePassword, *, tools: Tools, now: datetime) -> Done:
    with attempts.count_proof(unit, "password", command.person_id, origin=command.origin, tools=tools):
        with unit() as work:
            before = found(people.find(work, command.person_id))
            totp = sessions.has_second_factor(work, before.id)
        if not tools.aside(passwords.matches, command.current, before.password_hash):
            raise refusals.WrongPassword(field="current")
        new_password = _hash_new_password(before, command.password, totp=totp, tools=tools)
        with unit() as work:
            owner = found(people.find(work, command.person_id, to_change=True))
            if owner.password_hash != before.password_hash:
                raise refusals.WrongPassword("Your password has just been changed.", field="current")
            _check_again(work, owner, command.password)
            after, events = session.revoke_access(replace(owner, **new_password), "password_changed", now=now)
            people.save(work, after)
            work.publish(*events)
            others = [
                each
                for each in sessions.of_person(work, owner.id, to_change=True)
                if each.id != command.session_id
            ]
            end_sessions(work, others, "password_changed", now=now)
            links.use_all_of(work, owner.id, "reset", "deletion", now=now)
            log_sign_in_change(work, owner, "password_changed", object_id=owner.id, now=now)
        return Done()


def _hash_new_password(owner: Person, password: str, *, totp: bool, tools: Tools) -> dict[str, Any]:
    """Return the changed columns of the owner. Refuses `weak_password` and `common_password`."""
    guessable = tools.aside(passwords.is_guessable, password, (owner.name, owner.email))
    person.check_password(password, roles=owner.roles, second_factor=totp, guessable=guessable)
    return {
        "password_hash": tools.aside(passwords.hash_password, password),
        "stands_alone": person.stands_alone(password),
    }


def _check_again(work: Work, owner: Person, password: str) -> None:
    """Check again, as the owner may take a role or lose a factor during hashing. Refuses `weak_password`."""
    totp = sessions.has_second_factor(work, owner.id)
    person.check_password(password, roles=owner.roles, second_factor=totp, guessable=False)
