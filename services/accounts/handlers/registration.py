"""Registering: an account begins when its address is proved, by a code or by a link from one mail.

Nothing here depends on whether an address is known until it is proved: neither the answer to a registration,
nor its time, nor a limit. Which mail goes out is decided later, by `mail_delivery.answer_mail_requests`.
"""

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import link, person, registration
from services.accounts.domain.person import Person, found
from services.accounts.domain.registration import Registration, email_taken
from services.accounts.operations.links import find_link
from services.accounts.operations.listings import open_listing
from services.accounts.operations.views import account_view
from services.accounts.store import links, mails, people, registrations, sessions, support
from services.accounts.throttle import ORIGIN_SHARE
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.people import (
    AccountView,
    ConfirmAccount,
    ConfirmAccountByLink,
    OpenAccount,
    RegisterAccount,
    RegistrationView,
)
from shared.db import Unit, Work


@handles(RegisterAccount)
def begin(
    unit: Unit, command: RegisterAccount, *, proof_id: UUID, tools: Tools, now: datetime
) -> RegistrationView:
    """Begin a registration; `proof_id` is one that nobody has seen, of which code and link are made."""
    rate = tools.settings.registration_rate
    tools.throttle.count("registration", rate, command.origin, share=ORIGIN_SHARE)
    _check_password(command.password, command.role, about=(command.name, command.email), tools=tools)
    with unit() as work:
        known = registrations.find(work, command.registration_id)
    if known is None or known.expires_at <= now:
        email = person.normalize_email(command.email)
        password_hash = tools.aside(passwords.hash_password, command.password)
        new = registration.begin(command, proof_id=proof_id, password_hash=password_hash, now=now)
        with unit() as work:
            if registrations.add(work, new, now=now):
                mails.request(work, "registration", email, object_id=new.id)
                return _view(new)
            known = registrations.find(work, new.id)
    if known is None or not registration.is_repeat(known, command):
        raise refusals.IdempotencyKeyReused()
    if not tools.aside(passwords.matches, command.password, known.password_hash):
        raise refusals.IdempotencyKeyReused()
    return _view(known)


@handles(ConfirmAccount)
def confirm(
    unit: Unit, command: ConfirmAccount, *, account_id: UUID, tools: Tools, now: datetime
) -> AccountView:
    with unit() as work:
        known = registrations.find(work, command.registration_id, to_change=True)
        known = registration.check_open(known, now=now)
        if compare_digest(tools.vault.mail_code(known.proof_id, known.email), command.code):
            if known.account_id is None:
                return _open(work, known, registration.account(known, account_id, now=now), now=now)
            return _show_account(work, known.account_id)
        known = replace(known, tries=known.tries + 1)
        registrations.save(work, known)
    raise registration.wrong_code(known)  # after the commit, so that it counts


@handles(ConfirmAccountByLink)
def confirm_by_link(
    unit: Unit, command: ConfirmAccountByLink, *, account_id: UUID, tools: Tools, now: datetime
) -> AccountView:
    """Make the account with the password given here: somebody else may have registered the address."""
    with unit() as work:
        known = _find_linked(work, command.token, tools=tools, now=now)
    if known.account_id is None:
        _check_password(command.password, known.role, about=(known.name, known.email), tools=tools)
        password_hash = tools.aside(passwords.hash_password, command.password)
        with unit() as work:
            known = _find_linked(work, command.token, tools=tools, now=now, to_change=True)
            if known.account_id is None:
                new = replace(
                    registration.account(known, account_id, now=now),
                    password_hash=password_hash,
                    stands_alone=person.stands_alone(command.password),
                )
                return _open(work, known, new, now=now)
    with unit() as work:
        owner = people.find(work, known.account_id)
    if owner is None or not tools.aside(passwords.matches, command.password, owner.password_hash):
        raise link.dead_link()
    with unit() as work:
        return _show_account(work, owner.id)


@handles(OpenAccount)
def open_account(unit: Unit, command: OpenAccount, *, tools: Tools, now: datetime) -> AccountView:
    """The operator vouches for the address. Refuses `account_closed` where the id was erased."""
    _check_password(command.password, command.role, about=(command.name, command.email), tools=tools)
    password_hash = tools.aside(passwords.hash_password, command.password)
    new = person.open_account(command, password_hash=password_hash, now=now)
    with unit() as work:
        if people.add(work, new):
            # asked after adding, which waits for an erasure of this id that is under way
            if support.was_erased(work, new.id):
                raise refusals.AccountClosed("The account with this id was erased. Use a new id.")
            open_listing(work, new, command.role)
            return account_view(new, totp=False)
        known = people.find(work, new.id)
        totp = sessions.has_second_factor(work, new.id)
    if known is None:
        raise email_taken()
    if not person.is_repeat(known, command) or not tools.aside(
        passwords.matches, command.password, known.password_hash
    ):
        raise refusals.IdempotencyKeyReused()
    return account_view(known, totp=totp)


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Forget the registrations that expired; the accounts made of them stay."""
    with unit() as work:
        registrations.forget_old(work, now=now)


def _check_password(password: str, role: str, *, about: tuple[str, ...], tools: Tools) -> None:
    """Refuses `weak_password` and `common_password`."""
    guessable = tools.aside(passwords.is_guessable, password, about)
    person.check_password(password, roles=(role,), second_factor=False, guessable=guessable)


def _find_linked(
    work: Work, token: str, *, tools: Tools, now: datetime, to_change: bool = False
) -> Registration:
    """Return the registration of a mailed link, also of a used one. Refuses `dead_link`."""
    mailed = find_link(work, token, tools=tools)
    if mailed is None or mailed.kind != "registration":
        raise link.dead_link()
    known = registrations.find_by_proof(work, mailed.id, to_change=to_change)
    if (
        known is None
        or known.expires_at <= now
        or (known.account_id is None and known.tries >= registration.TRIES)
    ):
        raise link.dead_link()
    return known


def _open(work: Work, known: Registration, new: Person, *, now: datetime) -> AccountView:
    """Make the account; the constraint on its address decides. Refuses `email_taken`."""
    if not people.add(work, new):
        raise email_taken()
    registrations.save(work, replace(known, account_id=new.id))
    if mailed := links.find(work, known.proof_id):
        links.use(work, mailed, now=now)
    open_listing(work, new, known.role)
    return account_view(new, totp=False)


def _show_account(work: Work, account_id: UUID) -> AccountView:
    owner = found(people.find(work, account_id))
    return account_view(owner, totp=sessions.has_second_factor(work, owner.id))


def _view(known: Registration) -> RegistrationView:
    return RegistrationView(registration_id=known.id, expires_at=known.expires_at)
