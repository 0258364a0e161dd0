"""Limits on failures to sign in or to prove who one is; the owner of an account is mailed about many."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from services.accounts import throttle
from services.accounts.domain import limits, person
from services.accounts.store import mails, people, sessions
from services.accounts.tools import Tools
from shared.db import Unit


@contextmanager
def count_sign_in(
    unit: Unit, email: str, device_id: UUID | None, *, origin: str, tools: Tools
) -> Iterator[None]:
    """Count a failure to sign in to an account, and from an origin.

    A device that the account was signed in on is counted by itself: failures of others do not keep it out.
    Refuses `too_many_attempts`.
    """
    rate = tools.settings.sign_in_rate
    subject = throttle.account_subject(email, rate)
    with unit() as work:
        known = device_id is not None and sessions.is_known_device(work, email, device_id)
    others = [subject, *throttle.origin_subjects(origin, rate)]
    subjects = [_device(email, device_id, rate)] if known else others
    try:
        with tools.throttle.attempt("sign-in", *subjects):
            yield
    except throttle.TooMany as refusal:
        if refusal.slow and refusal.subject == subject:
            _warn_owner(unit, email, tools=tools)
        raise


@contextmanager
def count_proof(
    unit: Unit, what: str, person_id: UUID, *, origin: str | None = None, tools: Tools
) -> Iterator[None]:
    """Count a wrong password or code of somebody who is signed in. Refuses `too_many_attempts`."""
    rate = tools.settings.sign_in_rate
    subject = throttle.account_subject(str(person_id), rate)
    try:
        with tools.throttle.attempt(
            what, subject, *(throttle.origin_subjects(origin, rate) if origin else ())
        ):
            yield
    except throttle.TooMany as refusal:
        if refusal.slow and refusal.subject == subject:
            with unit() as work:
                owner = people.find(work, person_id)
            if owner is not None:
                _warn_owner(unit, owner.email, tools=tools)
        raise


def forgive(owner: person.Person, device_id: UUID | None, *, tools: Tools) -> None:
    """Forget the failures of an account, and on this device: its owner has proved who they are."""
    rate = tools.settings.sign_in_rate
    subjects = [throttle.account_subject(owner.email, rate), throttle.account_subject(str(owner.id), rate)]
    if device_id is not None:
        subjects.append(_device(owner.email, device_id, rate))
    tools.throttle.clear(*subjects)


def _device(email: str, device_id: UUID | None, rate: str) -> throttle.Subject:
    """Count by itself a device that the account knows."""
    return throttle.account_subject(f"{email}/{device_id}", rate)


def _warn_owner(unit: Unit, email: str, *, tools: Tools) -> None:
    """Have the owner mailed, at most once a day. A timer finds out later if the address has an account."""
    try:
        tools.throttle.count("told", limits.WARNINGS, email)
    except throttle.TooMany:
        return
    with unit() as work:
        mails.request(work, "attempts", email)
