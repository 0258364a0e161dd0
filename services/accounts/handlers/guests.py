"""Guests: whom to write to about a visit, and belonging to an account later."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from services.accounts.domain import guest, person
from services.accounts.domain.person import found
from services.accounts.operations.access_log import change_entry
from services.accounts.store import guests, mails, people
from services.accounts.throttle import ORIGIN_SHARE, TooMany
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import (
    AskGuestLinks,
    CheckGuestLink,
    ForgetGuest,
    JoinGuest,
    RegisteredGuest,
    RegisterGuest,
    RemoveRefusedGuest,
)
from shared.contracts.base import Done
from shared.db import Unit, Work

_AT_ONCE = 100
_REFUSED = 3
"""The number of refused requests that are allowed for each accepted one."""


@handles(RegisterGuest)
def register(unit: Unit, command: RegisterGuest, *, tools: Tools, now: datetime) -> RegisteredGuest:
    """A repeat is not counted again, and does not bring an erased guest back."""
    new = guest.register(command, now=now)
    with unit() as work:
        _refuse_erased(work, new.id)
        known = guests.find(work, new.id)
    if known is None:
        _count_registration(command, tools)
        with unit() as work:
            _refuse_erased(work, new.id)
            if guests.add(work, new):
                return _view(work, command, tools)
            known = guests.find(work, new.id)
    if known is None or not guest.is_repeat(known, command):
        raise refusals.IdempotencyKeyReused()
    with unit() as work:
        return _view(work, command, tools)


@handles(RemoveRefusedGuest)
def remove_refused(unit: Unit, command: RemoveRefusedGuest, *, tools: Tools) -> Done:
    """Leave a guest alone of whom a request is known."""
    with unit() as work:
        known = guests.find(work, command.guest_id, to_change=True)
        if known is None or known.expected or known.joined or guests.has_visits(work, known.id):
            return Done()
        guests.remove(work, known.id)
    _count_refusal(command, tools)
    return Done()


@handles(JoinGuest)
def join(unit: Unit, command: JoinGuest, *, now: datetime) -> Done:
    """Refuses `dead_link`, and as `guest.join` does."""
    with unit() as work:
        me = found(people.find(work, command.person_id, to_change=True))
        hers = guests.find(work, command.guest_id, to_change=True)
        if hers is None:
            raise refusals.DeadLink("The data behind this link has been erased.", field="token")
        after, events = guest.join(hers, me, now=now)
        if after != hers:
            guests.save(work, after)
            guests.move_care(work, hers.id, me.id)
            people.log_access(work, change_entry(me, "guest_joined", by=me.id, now=now, object_id=hers.id))
        work.publish(*events)
    return Done()


@handles(AskGuestLinks)
def ask_for_links(unit: Unit, command: AskGuestLinks, *, tools: Tools) -> Done:
    """Have links mailed.

    A timer looks the address up later, so neither the answer nor its time tells if it is a guest's.
    """
    email = person.normalize_email(command.email)
    tools.throttle.count("guest_link", tools.settings.form_rate, command.origin, share=ORIGIN_SHARE)
    with unit() as work:
        mails.request(work, "guest_link", email)
    return Done()


@handles(CheckGuestLink)
def check_link(unit: Unit, command: CheckGuestLink) -> Done:
    """Refuses `joined_account` once what the guest asked for belongs to an account."""
    with unit() as work:
        known = guests.find(work, command.guest_id)
    if known is not None and known.joined is not None:
        raise guest.joined_account()
    return Done()


@handles(ForgetGuest)
def erase_by_link(unit: Unit, command: ForgetGuest, *, now: datetime) -> Done:
    """Erase a guest by their link. Data that belong to an account are erased with the account alone."""
    with unit() as work:
        known = guests.find(work, command.guest_id, to_change=True)
        if known is not None and known.joined is not None:
            detail = "This visit belongs to an account. Delete your data there."
            raise refusals.AlreadyJoined(detail)
        _erase(work, command.guest_id, now=now)
    return Done()


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Erase guests who verified nothing, and those whose last appointment is long over."""
    with unit() as work:
        unexpected, ended = now - guest.UNVERIFIED_LASTS, now - guest.RETAINED_FOR
        for guest_id in guests.find_expired(work, unexpected=unexpected, ended=ended, limit=_AT_ONCE):
            _erase(work, guest_id, now=now)


def _erase(work: Work, guest_id: UUID, *, now: datetime) -> None:
    """Erase a guest and publish it, even if nothing is left here: other services may have missed it."""
    guests.erase(work, guest_id)
    work.publish(AccountErased(occurred_at=now, version=1, person_id=guest_id))


def _refuse_erased(work: Work, guest_id: UUID) -> None:
    """Refuses `idempotency_key_reused`."""
    if guests.was_erased(work, guest_id):
        raise refusals.IdempotencyKeyReused(refusals.KEY_OF_ERASED)


def _view(work: Work, command: RegisterGuest, tools: Tools) -> RegisteredGuest:
    """The account with the address, or what nobody without the key can make of it."""
    email = person.normalize_email(command.email)
    blind = UUID(hex=tools.vault.keyed_hash(f"guests of {email}")[:32])
    account = people.find_by_email(work, email)
    return RegisteredGuest(counts_as=account.id if account else blind)


def _count_registration(command: RegisterGuest, tools: Tools) -> None:
    """A practice that enters new clients is held to its own limit, and counts for none of theirs."""
    if command.by is not None:
        tools.throttle.count("new_client", tools.settings.registration_rate, str(command.by))
        return
    email, rate = person.normalize_email(command.email), tools.settings.guest_rate
    tools.throttle.check("refused_guest", rate, command.origin, share=_REFUSED * ORIGIN_SHARE)
    tools.throttle.check("refused_guest", rate, email, share=_REFUSED)
    tools.throttle.count("guest", rate, command.origin, share=ORIGIN_SHARE)
    tools.throttle.count("guest", rate, email)


def _count_refusal(command: RemoveRefusedGuest, tools: Tools) -> None:
    if command.by is not None:
        tools.throttle.give_back("new_client", tools.settings.registration_rate, str(command.by))
        return
    email, rate = person.normalize_email(command.email), tools.settings.guest_rate
    tools.throttle.give_back("guest", rate, command.origin, share=ORIGIN_SHARE)
    tools.throttle.give_back("guest", rate, email)
    with suppress(TooMany):  # the next one is refused
        tools.throttle.count("refused_guest", rate, command.origin, share=_REFUSED * ORIGIN_SHARE)
    with suppress(TooMany):
        tools.throttle.count("refused_guest", rate, email, share=_REFUSED)
