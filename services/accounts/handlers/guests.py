"""Guests: people without an account, who may join one later.

Only accounts knows their names and addresses. A guest who was erased never comes back under the same id.
"""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from services.accounts.domain import guest, limits, person
from services.accounts.operations import access_log, lookups, mailed_links
from services.accounts.store import guests, people
from services.accounts.throttle import TooMany
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import guests as api
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(api.RegisterGuest)
def register(unit: Unit, command: api.RegisterGuest, *, tools: Tools, now: datetime) -> api.RegisteredGuest:
    """Register a guest; a repeat is not counted again, and does not bring an erased guest back."""
    new = guest.register(command, now=now)
    with unit() as work:
        guest.check_not_erased(guests.was_erased(work, new.id))
        known = guests.find(work, new.id)
    if known is None:
        _count_registration(command, tools)
        with unit() as work:
            guest.check_not_erased(guests.was_erased(work, new.id))
            if guests.add(work, new):
                return _view(work, command, tools)
            known = guests.find(work, new.id)
    guest.check_repeat(known, command)
    with unit() as work:
        return _view(work, command, tools)


@handles(api.RemoveRefusedGuest)
def remove_refused(unit: Unit, command: api.RemoveRefusedGuest, *, tools: Tools) -> Done:
    """Remove a guest whose request was refused, and count that; one with a known request stays."""
    with unit() as work:
        known = guests.find(work, command.guest_id, to_change=True)
        if known is None or not guest.is_unused(known, has_visits=guests.has_visits(work, known.id)):
            return Done()
        guests.remove(work, known.id)
    _count_refusal(command, tools)
    return Done()


@handles(api.JoinGuest)
def join(unit: Unit, command: api.JoinGuest, *, now: datetime) -> Done:
    """Join a guest to the account of the caller. Refuses as `guest.join` does."""
    with unit() as work:
        me = lookups.find_person(work, command.person_id, to_change=True)
        before = guests.find(work, command.guest_id, to_change=True)
        after, events = guest.join(before, me, now=now)
        if after != before:
            guests.save(work, after)
            guests.move_care(work, after.id, me.id)
            access_log.log_change(work, me, "guest_joined", by=me.id, object_id=after.id, now=now)
        work.publish(*events)
    return Done()


@handles(api.AskGuestLinks)
def ask_for_links(unit: Unit, command: api.AskGuestLinks, *, tools: Tools) -> Done:
    mailed_links.request(unit, "guest_link", command, tools=tools)
    return Done()


@handles(api.CheckGuestLink)
def check_link(unit: Unit, command: api.CheckGuestLink) -> Done:
    """Refuses `joined_account` once what the guest asked for belongs to an account."""
    with unit() as work:
        guest.check_not_joined(guests.find(work, command.guest_id))
    return Done()


@handles(api.ForgetGuest)
def erase_by_link(unit: Unit, command: api.ForgetGuest, *, now: datetime) -> Done:
    """Erase a guest by their link. Refuses `already_joined`."""
    with unit() as work:
        guest.check_erasable(guests.find(work, command.guest_id, to_change=True))
        _erase(work, command.guest_id, now=now)
    return Done()


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Erase guests who verified nothing, and those whose last appointment is long over."""
    with unit() as work:
        unexpected, ended = now - guest.UNVERIFIED_LASTS, now - guest.RETAINED_FOR
        for guest_id in guests.find_expired(work, unexpected=unexpected, ended=ended):
            _erase(work, guest_id, now=now)


def _erase(work: Work, guest_id: UUID, *, now: datetime) -> None:
    """Erase a guest and publish it, even if nothing is left here: other services may have missed it."""
    guests.erase(work, guest_id)
    work.publish(AccountErased(occurred_at=now, version=1, person_id=guest_id))


def _view(work: Work, command: api.RegisterGuest, tools: Tools) -> api.RegisteredGuest:
    """Return the account with the address, or an id that nobody without the key can make of it."""
    email = person.normalize_email(command.email)
    blind = UUID(hex=tools.vault.keyed_hash(f"guests of {email}")[:32])
    account = people.find_by_email(work, email)
    return api.RegisteredGuest(counts_as=account.id if account else blind)


def _count_registration(command: api.RegisterGuest, tools: Tools) -> None:
    """Count a registration: against a practice that enters a new client, else against address and origin."""
    count, rate = tools.throttle.count, tools.settings.guest_rate
    if command.by is not None:
        return count("new_client", tools.settings.registration_rate, str(command.by))
    email, refused = person.normalize_email(command.email), guest.REFUSED_FOR_EACH
    tools.throttle.check("refused_guest", rate, command.origin, share=refused * limits.ORIGIN_SHARE)
    tools.throttle.check("refused_guest", rate, email, share=refused)
    count("guest", rate, command.origin, share=limits.ORIGIN_SHARE)
    return count("guest", rate, email)


def _count_refusal(command: api.RemoveRefusedGuest, tools: Tools) -> None:
    """Take the count of a registration back, and count the refusal, but not against a practice."""
    give_back, rate = tools.throttle.give_back, tools.settings.guest_rate
    if command.by is not None:
        return give_back("new_client", tools.settings.registration_rate, str(command.by))
    email, refused = person.normalize_email(command.email), guest.REFUSED_FOR_EACH
    give_back("guest", rate, command.origin, share=limits.ORIGIN_SHARE)
    give_back("guest", rate, email)
    for name, share in ((command.origin, refused * limits.ORIGIN_SHARE), (email, refused)):
        with suppress(TooMany):  # the next one is refused
            tools.throttle.count("refused_guest", rate, name, share=share)
    return None
