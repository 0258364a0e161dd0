"""What the requests service accepts, answers and announces.

Instants are aware datetimes. On the bus they are UTC; in views they carry the offset of `time_zone`,
the IANA zone of the place where the visit happens.
"""

from datetime import date, time
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.base import Command, Event, Line, Message, Prose

Status = Literal["pending", "confirmed", "declined", "cancelled", "completed", "expired"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Minutes = Annotated[int, Field(ge=5, le=480)]
ServiceName = Annotated[Line, Field(min_length=1, max_length=120)]
Details = Annotated[Prose, Field(max_length=2000, repr=False)]
TimeZone = Annotated[Line, Field(min_length=1, max_length=64)]
"""A name of the IANA time zone database."""


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
    time_zone: TimeZone
    weekly: list[OpeningHours]


class GetHours(Command[HoursView]):
    professional_id: UUID


class ServiceView(Message):
    service_id: UUID
    professional_id: UUID
    name: ServiceName
    minutes: Minutes


class AddService(Command[ServiceView]):
    """Offer a service (a visit type); repeating it with the same id and content changes nothing."""

    service_id: UUID
    professional_id: UUID
    name: ServiceName
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


class RequestView(Message):
    """A request as its patient and its professional see it."""

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


class RequestsPage(Message):
    requests: list[RequestView]
    next_cursor: str | None


class ListRequests(Command[RequestsPage]):
    """The requests of one person, latest start first, whichever role she has in them."""

    person_id: UUID
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
    pass


class RequestCompleted(_RequestMoved):
    pass


class RequestExpired(_RequestMoved):
    pass
