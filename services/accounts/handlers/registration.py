"""Registering: an account begins when its address is proved, by a code or by a link from one mail.

Nothing here depends on whether an address is known until it is proved: neither the answer to a registration,
nor its time, nor a limit. Which mail goes out is decided later, by `mail_delivery.answer_mail_requests`.
"""

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import directory_entry, limits, link, person, registration
from services.accounts.operations import lookups, mailed_links, views
from services.accounts.store import deletions, directory, links, mails, people, registrations
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import people as api
from shared.contracts.accounts import refusals
from shared.db import Unit, Work


@handles(api.RegisterAccount)
def begin(
    unit: Unit, command: api.RegisterAccount, *, proof_id: UUID, tools: Tools, now: datetime
) -> api.RegistrationView:
    """Begin a registration; `proof_id` is one that nobody has seen, of which code and link are made."""
    rate = tools.settings.registration_rate
    tools.throttle.count("registration", rate, command.origin, share=limits.ORIGIN_SHARE)
    _check_password(command.password, command.role, about=(command.name, command.email), tools=tools)
    with unit() as work:
        known = registrations.find(work, command.registration_id)
    if known is None or known.expires_at <= now:
        password_hash = tools.aside(passwords.hash_password, command.password)
        new = registration.begin(command, proof_id=proof_id, password_hash=password_hash, now=now)
        with unit() as work:
            if registrations.add(work, new, now=now):
                mails.request(work, "registration", new.email, object_id=new.id)
                return _view(new)
            known = registrations.find(work, new.id)
    known = registration.check_repeat(known, command)
    if not tools.aside(passwords.matches, command.password, known.password_hash):
        raise refusals.IdempotencyKeyReused()
    return _view(known)


@handles(api.ConfirmAccount)
def confirm(
    unit: Unit, command: api.ConfirmAccount, *, account_id: UUID, tools: Tools, now: datetime
) -> api.AccountView:
    with unit() as work:
        known = registrations.find(work, command.registration_id, to_change=True)
        known = registration.check_open(known, now=now)
        if compare_digest(tools.vault.mail_code(known.proof_id, known.email), command.code):
            if known.account_id is None:
                return _open(work, known, registration.account(known, account_id, now=now), now=now)
            return views.account_view(work, lookups.find_person(work, known.account_id))
        known = replace(known, tries=known.tries + 1)
        registrations.save(work, known)
    raise registration.wrong_code(known)  # after the commit, so that it counts


@handles(api.ConfirmAccountByLink)
def confirm_by_link(
    unit: Unit, command: api.ConfirmAccountByLink, *, account_id: UUID, tools: Tools, now: datetime
) -> api.AccountView:
    """Make the account with the password given here: somebody else may have registered the address."""
    with unit() as work:
        known = _find_linked(work, command.token, tools=tools, now=now)
    if known.account_id is None:
        _check_password(command.password, known.role, about=(known.name, known.email), tools=tools)
        password_hash = tools.aside(passwords.hash_password, command.password)
        with unit() as work:
            known = _find_linked(work, command.token, tools=tools, now=now, to_change=True)
            if known.account_id is None:
                new = registration.account(known, account_id, now=now)
                new = person.with_password(new, command.password, password_hash)
                return _open(work, known, new, now=now)
    with unit() as work:
        owner = people.find(work, known.account_id)
    if owner is None or not tools.aside(passwords.matches, command.password, owner.password_hash):
        raise link.dead_link()
    with unit() as work:
        return views.account_view(work, lookups.find_person(work, owner.id))


@handles(api.OpenAccount)
def open_account(unit: Unit, command: api.OpenAccount, *, tools: Tools, now: datetime) -> api.AccountView:
    """Open an account for an operator, who vouches for the address.

    Refuses `account_closed` for an erased id.
    """
    _check_password(command.password, command.role, about=(command.name, command.email), tools=tools)
    password_hash = tools.aside(passwords.hash_password, command.password)
    new = person.open_account(command, password_hash=password_hash, now=now)
    with unit() as work:
        if people.add(work, new):
            # asked after adding, which waits for an erasure of this id that is under way
            person.check_never_erased(deletions.was_erased(work, new.id))
            return _show_new(work, new)
        known = people.find(work, new.id)
    if known is None:
        raise registration.email_taken()
    same_password = tools.aside(passwords.matches, command.password, known.password_hash)
    if not person.is_repeat(known, command) or not same_password:
        raise refusals.IdempotencyKeyReused()
    with unit() as work:
        return views.account_view(work, known)


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
) -> registration.Registration:
    """Return the registration of a mailed link, also of a used one. Refuses `dead_link`."""
    mailed = mailed_links.find(work, token, tools=tools)
    if mailed is None or mailed.kind != "registration":
        raise link.dead_link()
    known = registrations.find_by_proof(work, mailed.id, to_change=to_change)
    return registration.check_linked(known, now=now)


def _open(
    work: Work, known: registration.Registration, new: person.Person, *, now: datetime
) -> api.AccountView:
    """Make the account; the constraint on its address decides. Refuses `email_taken`."""
    if not people.add(work, new):
        raise registration.email_taken()
    registrations.save(work, replace(known, account_id=new.id))
    if mailed := links.find(work, known.proof_id):
        links.use(work, mailed, now=now)
    return _show_new(work, new)


def _show_new(work: Work, new: person.Person) -> api.AccountView:
    """Give a new professional their page in the directory."""
    if "professional" in new.roles:
        directory.put(work, directory_entry.initial(new))
    return views.account_view(work, new)


def _view(known: registration.Registration) -> api.RegistrationView:
    return api.RegistrationView.of(known, registration_id=known.id)
