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
    def submit(self, command: SubmitRequest) -> RequestView:
        return asking.submit(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

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
    def decide(self, command: deciding.Decision) -> RequestView:
        return deciding.decide(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(DecideBatch)
    def decide_batch(self, command: DecideBatch) -> BatchView:
        return deciding.decide_batch(self.unit, command, tools=self.tools, new_id=uuid4, now=self.clock())

    @bus.command(RescheduleRequest, ProposeTime)
    def move(self, command: RescheduleRequest | ProposeTime) -> RequestView:
        return deciding.move(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(GetRequest)
    def get(self, command: GetRequest) -> RequestView:
        return looking.get(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(ListRequests)
    def page(self, command: ListRequests) -> RequestsPage:
        return looking.page(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(SyncRequests)
    def sync(self, command: SyncRequests) -> ChangesPage:
        return looking.sync(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(GetVisitEvent)
    def get_event(self, command: GetVisitEvent) -> VisitEvent:
        return feeds.get_event(self.unit, command, tools=self.tools, read_id=uuid4(), now=self.clock())

    @bus.command(OpenFeed)
    def open_feed(self, command: OpenFeed) -> FeedLink:
        return feeds.open_feed(self.unit, command, links=self.links, new_id=uuid4(), now=self.clock())

    @bus.command(CloseFeed)
    def close_feed(self, command: CloseFeed) -> Done:
        return feeds.close_feed(self.unit, command)

    @bus.command(ReadFeed)
    def read_feed(self, command: ReadFeed) -> FeedView:
        return feeds.read_feed(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(JoinMeeting)
    def join(self, command: JoinMeeting) -> MeetingView:
        rooms = Rooms.from_settings(self.settings)
        return meetings.join(self.unit, command, tools=self.tools, rooms=rooms, now=self.clock())

    @bus.command(VerifyRequest)
    def verify(self, command: VerifyRequest) -> RequestView:
        return guests.verify(self.unit, command, tools=self.tools, now=self.clock())
