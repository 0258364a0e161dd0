"""Handlers of notify: events become items of the inbox, which people list.

Each message has one function and one transaction; `domain.TEXTS` has the texts.
"""

from datetime import datetime
from typing import get_args

from services.notify import domain, store
from shared import cursor
from shared.bus import handles, listens
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.notify import InboxItem, InboxPage, ListInbox
from shared.contracts.requests import moves
from shared.db import Unit


@listens(*get_args(moves.RequestMoved), moves.RequestUnstaffed, moves.RequestHandedOver)
def add_items(unit: Unit, event: domain.InboxEvent) -> None:
    with unit() as work:
        if work.first_sight(event, "tell"):
            erased = store.erased_among(work, event.patient_id, event.professional_id)
            store.add(work, domain.compose(event, erased=erased))


@listens(AccountErased)
def erase_items(unit: Unit, event: AccountErased, *, now: datetime) -> None:
    """Delete the items of an erased person; nothing is added for them again, however late it arrives."""
    with unit() as work:
        if work.first_sight(event, "erase"):
            store.erase(work, event.person_id)
            work.publish(domain.erased_event(event.person_id, now=now))


@listens(GuestJoined)
def hand_items_over(unit: Unit, event: GuestJoined) -> None:
    with unit() as work:
        if work.first_sight(event, "join_guest"):
            store.hand_over(work, event.guest_id, event.person_id)


@handles(ListInbox)
def list_inbox(unit: Unit, command: ListInbox) -> InboxPage:
    with unit() as work:
        found = store.page(work, command.person_id, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(found, command.limit, lambda last: (last.occurred_at, last.id))
    return InboxPage(items=[InboxItem.of(each, item_id=each.id) for each in shown], next_cursor=following)
