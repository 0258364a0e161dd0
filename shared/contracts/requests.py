"""What the requests service accepts, answers and announces.

Instants are aware datetimes. On the bus they are UTC; in views they carry the offset of `time_zone`,
the IANA zone of the place where the visit happens.
"""

from datetime import date, time
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.base import Command, Event, Line, Message, Prose, TimeZone

Status = Literal["pending", "confirmed", "declined", "cancelled", "completed", "expired"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Minutes = Annotated[int, Field(ge=5, le=480)]
ServiceName = Annotated[Line, Field(min_length=1, max_length=120)]
Details = Annotated[Prose, Field(max_length=2000, repr=False)]
ServiceKind = Literal[
    "first_visit",
    "follow_up",
    "check_up",
    "consultation",
    "second_opinion",
    "therapy_session",
    "vaccination",
    "test",
    "procedure",
    "prescription",
    "certificate",
    "other",
]
"""What sort of visit a service is: what searches know of it, whatever it is called."""
VisitMode = Literal["in_person", "video"]
VisitRole = Literal["patient", "professional", "clinic"]
"""What somebody is signed in as; what else she may be counts for nothing."""


class OpeningHours(Message):
    """A weekly opening in local wall time, `opens` included and `closes` excluded."""

    weekday: Weekday
    opens: time
    closes: time


class HoursView(Message):
    professional_id: UUID
    time_zone: TimeZone
    weekly: list[OpeningHours]


class PublishHours(Command[HoursView]):
    """Replace the weekly hours of a professional; requests already made stay as they are."""

    professional_id: UUID
    by: UUID
    role: VisitRole
    time_zone: TimeZone
    weekly: list[OpeningHours]


class GetHours(Command[HoursView]):
    professional_id: UUID


class ServiceView(Message):
    service_id: UUID
    professional_id: UUID
    name: ServiceName
    kind: ServiceKind
    mode: VisitMode
    minutes: Minutes


class AddService(Command[ServiceView]):
    """Offer a service (a visit type); repeating it with the same id and content changes nothing."""

    service_id: UUID
    professional_id: UUID
    by: UUID
    role: VisitRole
    name: ServiceName
    kind: ServiceKind = "consultation"
    mode: VisitMode = "in_person"
    minutes: Minutes


class ServicesView(Message):
    services: list[ServiceView]


class ListServices(Command[ServicesView]):
    professional_id: UUID


class Slot(Message):
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class SlotsView(Message):
    professional_id: UUID
    service_id: UUID
    time_zone: TimeZone
    slots: list[Slot]


class FindSlots(Command[SlotsView]):
    """Free slots that start on one of `days` local dates, beginning with `from_date`."""

    professional_id: UUID
    service_id: UUID
    from_date: date
    days: Annotated[int, Field(ge=1, le=35)]


class NextFree(Message):
    """The next free slot of one professional, and the service it is for."""

    professional_id: UUID
    service_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class NextFreeView(Message):
    """Those of the professionals who can be seen in the next 35 days."""

    times: list[NextFree]


class FindNextFree(Command[NextFreeView]):
    """When each of these professionals can be seen next, for services of this kind and mode if given."""

    professional_ids: Annotated[list[UUID], Field(max_length=100)]
    kind: ServiceKind | None = None
    mode: VisitMode | None = None


class RequestView(Message):
    """A request as its patient, its professional and her front desk see it."""

    request_id: UUID
    version: PositiveInt
    status: Status
    patient_id: UUID
    professional_id: UUID
    service_id: UUID
    service_name: ServiceName
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    details: Details
    submitted_at: AwareDatetime
    expires_at: AwareDatetime


class SubmitRequest(Command[RequestView]):
    """Ask for a visit; repeated with the same id and content it answers with that request as it stands."""

    request_id: UUID
    patient_id: UUID
    professional_id: UUID
    service_id: UUID
    starts_at: AwareDatetime
    details: Details = ""


class _Decision(Command[RequestView]):
    """A change of one request, decided on the `version` the caller has seen."""

    request_id: UUID
    by: UUID
    role: VisitRole
    version: PositiveInt


class ConfirmRequest(_Decision):
    pass


class DeclineRequest(_Decision):
    pass


class CancelRequest(_Decision):
    pass


class CompleteRequest(_Decision):
    pass


class GetRequest(Command[RequestView]):
    request_id: UUID
    by: UUID
    role: VisitRole


class RequestsPage(Message):
    requests: list[RequestView]
    next_cursor: str | None


class ListRequests(Command[RequestsPage]):
    """Requests, latest start first: a patient's are those she made, a professional's those made to her.

    `professional_id` says whose they are, which a front desk must and a professional need not.
    """

    person_id: UUID
    role: VisitRole
    professional_id: UUID | None = None
    status: Status | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class _RequestMoved(Event):
    """`version` is the request's after the move; `by` is the role that moved it."""

    subject: ClassVar[str] = "request_id"

    request_id: UUID
    patient_id: UUID
    professional_id: UUID
    service_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    by: Literal["patient", "professional", "system"]


class RequestSubmitted(_RequestMoved):
    expires_at: AwareDatetime


class RequestConfirmed(_RequestMoved):
    pass


class RequestDeclined(_RequestMoved):
    pass


class RequestCancelled(_RequestMoved):
    """`reason` is there where nobody decided it: an account was closed, or erased."""

    reason: Literal["account_closed", "account_erased"] | None = None


class RequestCompleted(_RequestMoved):
    pass


class RequestExpired(_RequestMoved):
    pass


RequestMoved = (
    RequestSubmitted
    | RequestConfirmed
    | RequestDeclined
    | RequestCancelled
    | RequestCompleted
    | RequestExpired
)
"""Every step in the life of a request."""


class ServiceOffered(Event):
    """A professional offers a service."""

    subject: ClassVar[str] = "service_id"

    service_id: UUID
    professional_id: UUID
    kind: ServiceKind
    mode: VisitMode


class RequestsRead(Event):
    """Somebody other than the patient saw requests: one event for each look at them."""

    subject: ClassVar[str] = "read_id"

    read_id: UUID
    by: UUID
    role: Literal["professional", "front_desk"]
    request_ids: list[UUID]
    patient_ids: list[UUID]


class VisitsErased(Event):
    """Open visits of a person are cancelled and all words of hers are gone; ids and times stay."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID
