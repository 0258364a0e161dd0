"""Notify on the wire."""

from services.notify import handlers, store
from services.notify.domain import RequestEvent
from shared import bus
from shared.contracts.notify import InboxPage, ListInbox
from shared.contracts.requests import (
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
    RequestSubmitted,
)


class Notify(bus.Service):
    name = "notify"
    metadata = store.metadata

    @bus.on(
        RequestSubmitted,
        RequestConfirmed,
        RequestDeclined,
        RequestCancelled,
        RequestCompleted,
        RequestExpired,
    )
    def tell(self, event: RequestEvent) -> None:
        handlers.tell(self.unit, event)

    @bus.command(ListInbox)
    def list_inbox(self, demand: ListInbox) -> InboxPage:
        return handlers.list_inbox(self.unit, demand)
