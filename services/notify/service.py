"""Notify on the wire."""

from services.notify import handlers, store
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

    @bus.on(RequestSubmitted)
    def submitted(self, event: RequestSubmitted) -> None:
        handlers.tell(self.unit, event)

    @bus.on(RequestConfirmed)
    def confirmed(self, event: RequestConfirmed) -> None:
        handlers.tell(self.unit, event)

    @bus.on(RequestDeclined)
    def declined(self, event: RequestDeclined) -> None:
        handlers.tell(self.unit, event)

    @bus.on(RequestCancelled)
    def cancelled(self, event: RequestCancelled) -> None:
        handlers.tell(self.unit, event)

    @bus.on(RequestCompleted)
    def completed(self, event: RequestCompleted) -> None:
        handlers.tell(self.unit, event)

    @bus.on(RequestExpired)
    def expired(self, event: RequestExpired) -> None:
        handlers.tell(self.unit, event)

    @bus.command(ListInbox)
    def list_inbox(self, demand: ListInbox) -> InboxPage:
        return handlers.list_inbox(self.unit, demand)
