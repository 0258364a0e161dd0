"""Requests on the wire."""

from uuid import uuid4

from services.requests import store
from services.requests.handlers import desks, erasure, hours, visits
from shared import bus
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.contracts.requests import (
    AddService,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    FindNextFree,
    FindSlots,
    GetHours,
    GetRequest,
    HoursView,
    ListRequests,
    ListServices,
    NextFreeView,
    PublishHours,
    RequestsPage,
    RequestView,
    ServicesView,
    ServiceView,
    SlotsView,
    SubmitRequest,
)


class Requests(bus.Service):
    name = "requests"
    metadata = store.metadata

    @bus.command(PublishHours)
    def publish_hours(self, demand: PublishHours) -> HoursView:
        return hours.publish_hours(self.unit, demand)

    @bus.command(GetHours)
    def get_hours(self, demand: GetHours) -> HoursView:
        return hours.get_hours(self.unit, demand)

    @bus.command(AddService)
    def add_service(self, demand: AddService) -> ServiceView:
        return hours.add_service(self.unit, demand, now=self.clock())

    @bus.command(ListServices)
    def list_services(self, demand: ListServices) -> ServicesView:
        return hours.list_services(self.unit, demand)

    @bus.command(FindSlots)
    def find_slots(self, demand: FindSlots) -> SlotsView:
        return hours.find_slots(self.unit, demand, now=self.clock())

    @bus.command(FindNextFree)
    def find_next_free(self, demand: FindNextFree) -> NextFreeView:
        return hours.find_next_free(self.unit, demand, now=self.clock())

    @bus.command(SubmitRequest)
    def submit(self, demand: SubmitRequest) -> RequestView:
        return visits.submit(self.unit, demand, now=self.clock())

    @bus.command(ConfirmRequest, DeclineRequest, CancelRequest, CompleteRequest)
    def decide(self, demand: visits.Decision) -> RequestView:
        return visits.decide(self.unit, demand, read_id=uuid4(), now=self.clock())

    @bus.command(GetRequest)
    def get(self, demand: GetRequest) -> RequestView:
        return visits.get(self.unit, demand, read_id=uuid4(), now=self.clock())

    @bus.command(ListRequests)
    def page(self, demand: ListRequests) -> RequestsPage:
        return visits.page(self.unit, demand, read_id=uuid4(), now=self.clock())

    @bus.every(1)
    def expire_overdue(self) -> None:
        visits.expire_overdue(self.unit, now=self.clock())

    @bus.on(MembershipChanged)
    def learn(self, event: MembershipChanged) -> None:
        desks.learn(self.unit, event)

    @bus.on(AccountClosed, AccountKept)
    def note_closing(self, event: AccountClosed | AccountKept) -> None:
        erasure.note_closing(self.unit, event, now=self.clock())

    @bus.on(AccountErased)
    def erase(self, event: AccountErased) -> None:
        erasure.erase(self.unit, event, now=self.clock())
