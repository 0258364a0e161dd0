"""Requests on the wire."""

from functools import cached_property
from uuid import uuid4

from services.requests import store
from services.requests.domain.request import Timing
from services.requests.handlers import (
    asking,
    deciding,
    desks,
    endings,
    erasure,
    feeds,
    hours,
    looking,
    meetings,
    places,
    policies,
    services,
    slots,
)
from services.requests.handlers.tools import Tools
from services.requests.links import FeedLinks
from services.requests.masters import master_key
from services.requests.meeting import Rooms
from shared import bus
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.contracts.base import Done
from shared.contracts.requests.feeds import (
    CloseFeed,
    FeedLink,
    FeedView,
    GetVisitEvent,
    OpenFeed,
    ReadFeed,
    VisitEvent,
)
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
from shared.contracts.requests.meetings import JoinMeeting, MeetingView
from shared.contracts.requests.places import (
    AddLocation,
    ChangeLocation,
    ListLocations,
    LocationsView,
    LocationView,
)
from shared.contracts.requests.policies import GetPolicy, PolicyView, SetPolicy
from shared.contracts.requests.proposals import (
    AcceptProposal,
    AnswerFollowUp,
    AskFollowUp,
    DeclineProposal,
    ProposeTime,
    WithdrawProposal,
)
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
from shared.contracts.requests.visits import (
    BatchView,
    CancelRequest,
    ChangesPage,
    CompleteRequest,
    ConfirmRequest,
    DecideBatch,
    DeclineRequest,
    GetRequest,
    ListRequests,
    RequestsPage,
    RequestView,
    RescheduleRequest,
    SubmitRequest,
    SyncRequests,
    UndoCompletion,
)


class Requests(bus.Service):
    name = "requests"
    metadata = store.metadata

    @cached_property
    def tools(self) -> Tools:
        timing = Timing(review_lasts=self.settings.review_lasts, complete_after=self.settings.complete_after)
        return Tools(master_key(self.settings), timing)

    @cached_property
    def links(self) -> FeedLinks:
        return FeedLinks.from_settings(self.settings)

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

    @bus.command(SubmitRequest)
    def submit(self, demand: SubmitRequest) -> RequestView:
        return asking.submit(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(
        ConfirmRequest,
        DeclineRequest,
        CancelRequest,
        CompleteRequest,
        UndoCompletion,
        AcceptProposal,
        DeclineProposal,
        WithdrawProposal,
        AskFollowUp,
        AnswerFollowUp,
    )
    def decide(self, demand: deciding.Decision) -> RequestView:
        return deciding.decide(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(DecideBatch)
    def decide_batch(self, demand: DecideBatch) -> BatchView:
        return deciding.decide_batch(self.unit, demand, tools=self.tools, new_id=uuid4, now=self.clock())

    @bus.command(RescheduleRequest, ProposeTime)
    def move(self, demand: RescheduleRequest | ProposeTime) -> RequestView:
        return deciding.move(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(GetRequest)
    def get(self, demand: GetRequest) -> RequestView:
        return looking.get(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(ListRequests)
    def page(self, demand: ListRequests) -> RequestsPage:
        return looking.page(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(SyncRequests)
    def sync(self, demand: SyncRequests) -> ChangesPage:
        return looking.sync(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(GetVisitEvent)
    def get_event(self, demand: GetVisitEvent) -> VisitEvent:
        return feeds.get_event(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(OpenFeed)
    def open_feed(self, demand: OpenFeed) -> FeedLink:
        return feeds.open_feed(self.unit, demand, links=self.links, new_id=uuid4())

    @bus.command(CloseFeed)
    def close_feed(self, demand: CloseFeed) -> Done:
        return feeds.close_feed(self.unit, demand)

    @bus.command(ReadFeed)
    def read_feed(self, demand: ReadFeed) -> FeedView:
        return feeds.read_feed(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(JoinMeeting)
    def join(self, demand: JoinMeeting) -> MeetingView:
        rooms = Rooms.from_settings(self.settings)
        return meetings.join(self.unit, demand, tools=self.tools, rooms=rooms, now=self.clock())

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
