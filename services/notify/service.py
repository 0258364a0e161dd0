"""Notify on the wire."""

from typing import get_args

from services.notify import handlers, store
from services.notify.domain import Told
from shared import bus
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.notify import InboxPage, ListInbox
from shared.contracts.requests.moves import RequestHandedOver, RequestMoved, RequestUnstaffed


class Notify(bus.Service):
    name = "notify"
    metadata = store.metadata

    @bus.on(*get_args(RequestMoved), RequestUnstaffed, RequestHandedOver)
    def tell(self, event: Told) -> None:
        handlers.tell(self.unit, event)

    @bus.on(AccountErased)
    def erase(self, event: AccountErased) -> None:
        handlers.erase(self.unit, event, now=self.clock())

    @bus.on(GuestJoined)
    def join_guest(self, event: GuestJoined) -> None:
        handlers.join_guest(self.unit, event)

    @bus.command(ListInbox)
    def list_inbox(self, command: ListInbox) -> InboxPage:
        return handlers.list_inbox(self.unit, command)
