"""What a practice offers, and when."""

from services.requests.handlers import (
    hours,
    places,
    policies,
    services,
    slots,
)
from services.requests.service.base import Part
from shared import bus
from shared.contracts.requests.hours import (
    AddException,
    AllHoursView,
    CalendarView,
    ExceptionsView,
    ExceptionView,
    GetCalendar,
    GetHours,
    HoursView,
    ListExceptions,
    PublishHours,
    ReadCalendar,
    RemoveException,
    SetCalendar,
)
from shared.contracts.requests.places import (
    AddLocation,
    ChangeLocation,
    ListLocations,
    LocationsView,
    LocationView,
)
from shared.contracts.requests.policies import GetPolicy, PolicyView, SetPolicy
from shared.contracts.requests.services import (
    AddService,
    ChangeService,
    ListServices,
    ServicesView,
    ServiceView,
)
from shared.contracts.requests.slots import (
    ClinicSlotsView,
    FindClinicSlots,
    FindNextFree,
    FindSlots,
    NextFreeView,
    SlotsView,
)


class Practice(Part):
    """The commands of: places, hours, policies, services, slots."""

    @bus.command(AddLocation)
    def add_location(self, demand: AddLocation) -> LocationView:
        return places.add(self.unit, demand)

    @bus.command(ChangeLocation)
    def change_location(self, demand: ChangeLocation) -> LocationView:
        return places.change(self.unit, demand)

    @bus.command(ListLocations)
    def list_locations(self, demand: ListLocations) -> LocationsView:
        return places.listed(self.unit, demand)

    @bus.command(PublishHours)
    def publish_hours(self, demand: PublishHours) -> HoursView:
        return hours.publish(self.unit, demand, now=self.clock())

    @bus.command(GetHours)
    def get_hours(self, demand: GetHours) -> AllHoursView:
        return hours.get(self.unit, demand, now=self.clock())

    @bus.command(AddException)
    def add_exception(self, demand: AddException) -> ExceptionView:
        return hours.add_exception(self.unit, demand, now=self.clock())

    @bus.command(RemoveException)
    def remove_exception(self, demand: RemoveException) -> ExceptionsView:
        return hours.remove_exception(self.unit, demand, now=self.clock())

    @bus.command(ListExceptions)
    def list_exceptions(self, demand: ListExceptions) -> ExceptionsView:
        return hours.exceptions(self.unit, demand, now=self.clock())

    @bus.command(SetCalendar)
    def set_calendar(self, demand: SetCalendar) -> CalendarView:
        return hours.set_calendar(self.unit, demand, now=self.clock())

    @bus.command(GetCalendar)
    def get_calendar(self, demand: GetCalendar) -> CalendarView:
        return hours.get_calendar(self.unit, demand)

    @bus.command(ReadCalendar)
    def read_calendar(self, demand: ReadCalendar) -> CalendarView:
        return hours.read_calendar(self.unit, demand, now=self.clock())

    @bus.command(SetPolicy)
    def set_policy(self, demand: SetPolicy) -> PolicyView:
        return policies.put(self.unit, demand)

    @bus.command(GetPolicy)
    def get_policy(self, demand: GetPolicy) -> PolicyView:
        return policies.get(self.unit, demand)

    @bus.command(AddService)
    def add_service(self, demand: AddService) -> ServiceView:
        return services.add(self.unit, demand, now=self.clock())

    @bus.command(ChangeService)
    def change_service(self, demand: ChangeService) -> ServiceView:
        return services.change(self.unit, demand, now=self.clock())

    @bus.command(ListServices)
    def list_services(self, demand: ListServices) -> ServicesView:
        return services.listed(self.unit, demand, now=self.clock())

    @bus.command(FindSlots)
    def find_slots(self, demand: FindSlots) -> SlotsView:
        return slots.find(self.unit, demand, now=self.clock())

    @bus.command(FindClinicSlots)
    def find_clinic_slots(self, demand: FindClinicSlots) -> ClinicSlotsView:
        return slots.find_at_clinic(self.unit, demand, now=self.clock())

    @bus.command(FindNextFree)
    def find_next_free(self, demand: FindNextFree) -> NextFreeView:
        return slots.find_next_free(self.unit, demand, now=self.clock())
