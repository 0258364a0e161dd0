"""Requests on the wire: its parts, what it hears, and its timer."""

from services.requests.handlers import desks, endings, erasure, feeds, guests
from services.requests.service import practice, visits
from shared import bus
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.accounts.sessions import AccessRevoked


class Requests(practice.Practice, visits.Visits):
    @bus.every(1)
    def wake(self) -> None:
        endings.wake(self.unit, tools=self.tools, now=self.clock())

    @bus.on(MembershipChanged)
    def learn(self, event: MembershipChanged) -> None:
        desks.learn(self.unit, event, tools=self.tools, now=self.clock())

    @bus.on(AccountClosed, AccountKept)
    def note_closing(self, event: AccountClosed | AccountKept) -> None:
        erasure.note_closing(self.unit, event, tools=self.tools, now=self.clock())

    @bus.on(AccountErased)
    def erase(self, event: AccountErased) -> None:
        erasure.erase(self.unit, event, tools=self.tools, now=self.clock())

    @bus.on(AccessRevoked)
    def end_feeds(self, event: AccessRevoked) -> None:
        feeds.end_feeds(self.unit, event)

    @bus.on(GuestJoined)
    def join_guest(self, event: GuestJoined) -> None:
        guests.join(self.unit, event, tools=self.tools, now=self.clock())
