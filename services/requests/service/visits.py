"""The life of a visit, and looks at it."""

from uuid import uuid4

from services.requests.handlers import (
    asking,
    deciding,
    feeds,
    guests,
    looking,
    meetings,
)
from services.requests.meeting import Rooms
from services.requests.service.base import Part
from shared import bus
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
from shared.contracts.requests.meetings import JoinMeeting, MeetingView
from shared.contracts.requests.proposals import (
    AcceptProposal,
    AnswerFollowUp,
    AskFollowUp,
    DeclineProposal,
    ProposeTime,
    WithdrawProposal,
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
    VerifyRequest,
)


class Visits(Part):
    """The commands of: visits, proposals, feeds, meetings."""

    @bus.command(SubmitRequest)
    def submit(self, demand: SubmitRequest) -> RequestView:
        return asking.submit(self.unit, demand, tools=self.tools, read_id=uuid4(), now=self.clock())

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
        return feeds.open_feed(self.unit, demand, links=self.links, new_id=uuid4(), now=self.clock())

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

    @bus.command(VerifyRequest)
    def verify(self, demand: VerifyRequest) -> RequestView:
        return guests.verify(self.unit, demand, tools=self.tools, now=self.clock())
