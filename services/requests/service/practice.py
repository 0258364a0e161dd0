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
    def add_location(self, command: AddLocation) -> LocationView:
        return places.add(self.unit, command)

    @bus.command(ChangeLocation)
    def change_location(self, command: ChangeLocation) -> LocationView:
        return places.change(self.unit, command)

    @bus.command(ListLocations)
    def list_locations(self, command: ListLocations) -> LocationsView:
        return places.listed(self.unit, command)

    @bus.command(PublishHours)
    def publish_hours(self, command: PublishHours) -> HoursView:
        return hours.publish(self.unit, command, now=self.clock())

    @bus.command(GetHours)
    def get_hours(self, command: GetHours) -> AllHoursView:
        return hours.get(self.unit, command, now=self.clock())

    @bus.command(AddException)
    def add_exception(self, command: AddException) -> ExceptionView:
        return hours.add_exception(self.unit, command, now=self.clock())

    @bus.command(RemoveException)
    def remove_exception(self, command: RemoveException) -> ExceptionsView:
        return hours.remove_exception(self.unit, command, now=self.clock())

    @bus.command(ListExceptions)
    def list_exceptions(self, command: ListExceptions) -> ExceptionsView:
        return hours.exceptions(self.unit, command, now=self.clock())

    @bus.command(SetCalendar)
    def set_calendar(self, command: SetCalendar) -> CalendarView:
        return hours.set_calendar(self.unit, command, now=self.clock())

    @bus.command(GetCalendar)
    def get_calendar(self, command: GetCalendar) -> CalendarView:
        return hours.get_calendar(self.unit, command)

    @bus.command(ReadCalendar)
    def read_calendar(self, command: ReadCalendar) -> CalendarView:
        return hours.read_calendar(self.unit, command, now=self.clock())

    @bus.command(SetPolicy)
    def set_policy(self, command: SetPolicy) -> PolicyView:
        return policies.put(self.unit, command)

    @bus.command(GetPolicy)
    def get_policy(self, command: GetPolicy) -> PolicyView:
        return policies.get(self.unit, command)

    @bus.command(AddService)
    def add_service(self, command: AddService) -> ServiceView:
        return services.add(self.unit, command, now=self.clock())

    @bus.command(ChangeService)
    def change_service(self, command: ChangeService) -> ServiceView:
        return services.change(self.unit, command, now=self.clock())

    @bus.command(ListServices)
    def list_services(self, command: ListServices) -> ServicesView:
        return services.listed(self.unit, command, now=self.clock())

    @bus.command(FindSlots)
    def find_slots(self, command: FindSlots) -> SlotsView:
        return slots.find(self.unit, command, now=self.clock())

    @bus.command(FindClinicSlots)
    def find_clinic_slots(self, command: FindClinicSlots) -> ClinicSlotsView:
        return slots.find_at_clinic(self.unit, command, now=self.clock())

    @bus.command(FindNextFree)
    def find_next_free(self, command: FindNextFree) -> NextFreeView:
        return slots.find_next_free(self.unit, command, now=self.clock())
