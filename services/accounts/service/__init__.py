"""Accounts on the wire: its parts, what it hears, and its timers."""

from typing import get_args
from uuid import uuid4

from services.accounts.domain.care import Visited
from services.accounts.handlers import (
    addresses,
    deletion,
    directory,
    guests,
    letters,
    listeners,
    registration,
    removals,
    sessions,
)
from services.accounts.service import access, people, practice, support
from shared import bus
from shared.contracts.notify import InboxErased
from shared.contracts.requests.moves import (
    GuestAsked,
    RequestHandedOver,
    RequestMoved,
    RequestsRead,
    RequestUnstaffed,
    VisitsErased,
)
from shared.contracts.requests.services import ServiceOffered


class Accounts(people.People, access.Access, practice.Practice, support.Support):
    @bus.on(*get_args(RequestMoved), GuestAsked, RequestHandedOver, RequestUnstaffed)
    def note_visit(self, event: Visited) -> None:
        listeners.note_visit(self.unit, event, now=self.clock())

    @bus.on(RequestsRead)
    def note_read(self, event: RequestsRead) -> None:
        listeners.note_read(self.unit, event)

    @bus.on(ServiceOffered)
    def note_service(self, event: ServiceOffered) -> None:
        directory.note_service(self.unit, event)

    @bus.on(VisitsErased, InboxErased)
    def note_erased(self, event: VisitsErased | InboxErased) -> None:
        deletion.note_erased(self.unit, event)

    @bus.every(0.5)
    def answer_asks(self) -> None:
        letters.answer_asks(self.unit, new_id=uuid4, tools=self.tools, now=self.clock())

    @bus.every(0.5)
    def post_letters(self) -> None:
        letters.post_letters(self.unit, tools=self.tools, now=self.clock())

    @bus.every(1)
    def erase_due(self) -> None:
        deletion.erase_due(self.unit, new_id=uuid4, now=self.clock())

    @bus.every(10)
    def remove_lost_factors(self) -> None:
        removals.go_on(self.unit, tools=self.tools, now=self.clock())

    @bus.every(600)
    def forget_old(self) -> None:
        sessions.forget_old(self.unit, now=self.clock())
        addresses.forget_old(self.unit, now=self.clock())
        registration.forget_old(self.unit, now=self.clock())
        letters.forget_old(self.unit, now=self.clock())
        guests.forget_old(self.unit, now=self.clock())
        self.tools.throttle.forget_old()
