"""Guests: whom to write to about a visit, and belonging to an account later."""

from datetime import datetime

from services.accounts.domain import guest
from services.accounts.domain.guest import FORGOTTEN_AFTER
from services.accounts.domain.person import found
from services.accounts.handlers.people import rights_changed
from services.accounts.handlers.tools import Tools
from services.accounts.store import clinics, guests, people
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import ForgetGuest, JoinGuest, WelcomeGuest
from shared.contracts.base import Done
from shared.db import Unit
from shared.errors import Refused, key_reused


def welcome(unit: Unit, demand: WelcomeGuest, *, tools: Tools, now: datetime) -> Done:
    new = guest.welcome(demand, now=now)
    assert new.email is not None
    tools.throttle.count("guest", tools.settings.guest_rate, demand.origin, new.email)
    with unit() as work:
        if guests.add(work, new):
            return Done()
        known = guests.find(work, new.id)
    if known is None or not guest.is_repeat(known, demand):
        raise key_reused()
    return Done()


def join(unit: Unit, demand: JoinGuest, *, now: datetime) -> Done:
    """The one whose link she has, and all others of that address. Refuses as `guest.join` does."""
    with unit() as work:
        me = found(people.find(work, demand.person_id, to_change=True))
        hers = guests.find(work, demand.guest_id, to_change=True)
        if hers is None:
            raise Refused("dead_link", "Nothing is left of what this link was for.", field="token")
        others = [each for each in guests.with_address(work, me.email) if each.id != hers.id]
        for each in (hers, *others):
            after, events = guest.join(each, me, now=now)
            if after != each:
                guests.save(work, after)
                guests.hand_over_care(work, each.id, me.id)
                people.write_down(
                    work, rights_changed(me, "guest_joined", by=me.id, now=now, object_id=each.id)
                )
            work.emit(*events)
    return Done()


def forget(unit: Unit, demand: ForgetGuest, *, now: datetime) -> Done:
    """What belongs to an account is erased with that, and not by a link."""
    with unit() as work:
        known = guests.find(work, demand.guest_id, to_change=True)
        if known is not None and known.joined is not None:
            raise Refused(
                "already_joined", "This visit belongs to an account: delete it there.", field="token"
            )
        if known is not None:
            guests.remove(work, known.id)
            clinics.forget_care(work, known.id)
            work.emit(AccountErased(occurred_at=now, version=1, person_id=known.id))
    return Done()


def forget_old(unit: Unit, *, now: datetime) -> None:
    with unit() as work:
        guests.forget_unexpected(work, before=now - FORGOTTEN_AFTER)
