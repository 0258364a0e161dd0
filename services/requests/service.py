"""Requests on the wire."""

from services.requests import handlers, store
from shared import bus
from shared.contracts.requests import (
    AddService,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    FindSlots,
    GetHours,
    GetRequest,
    HoursView,
    ListRequests,
    ListServices,
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
        return handlers.publish_hours(self.unit, demand)

    @bus.command(GetHours)
    def get_hours(self, demand: GetHours) -> HoursView:
        return handlers.get_hours(self.unit, demand)

    @bus.command(AddService)
    def add_service(self, demand: AddService) -> ServiceView:
        return handlers.add_service(self.unit, demand)

    @bus.command(ListServices)
    def list_services(self, demand: ListServices) -> ServicesView:
        return handlers.list_services(self.unit, demand)

    @bus.command(FindSlots)
    def find_slots(self, demand: FindSlots) -> SlotsView:
        return handlers.find_slots(self.unit, demand, now=self.clock())

    @bus.command(SubmitRequest)
    def submit(self, demand: SubmitRequest) -> RequestView:
        return handlers.submit(self.unit, demand, now=self.clock())

    @bus.command(ConfirmRequest, DeclineRequest, CancelRequest, CompleteRequest)
    def decide(self, demand: handlers.Decision) -> RequestView:
        return handlers.decide(self.unit, demand, now=self.clock())

    @bus.command(GetRequest)
    def get(self, demand: GetRequest) -> RequestView:
        return handlers.get(self.unit, demand)

    @bus.command(ListRequests)
    def list_mine(self, demand: ListRequests) -> RequestsPage:
        return handlers.list_mine(self.unit, demand)

    @bus.every(1)
    def expire_overdue(self) -> None:
        handlers.expire_overdue(self.unit, now=self.clock())
