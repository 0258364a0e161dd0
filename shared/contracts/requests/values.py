"""The values that messages of requests are made of."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictInt

from shared.contracts.base import Line, Message, Prose, StoredLine, TimeZone

Status = Literal["pending", "confirmed", "declined", "cancelled", "completed", "expired"]
ProposalState = Literal["open", "accepted", "declined", "withdrawn", "expired"]
Shown = Literal["upcoming", "requested", "past"]
"""Confirmed and not over; waiting for review; over or ended."""
Outcome = Literal["attended", "no_show"]
"""The outcome of a completed appointment."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Minutes = Annotated[StrictInt, Field(ge=5, le=480)]
Buffer = Annotated[StrictInt, Field(ge=0, le=240, description="Minutes.")]
"""Minutes around a visit in which its professional sees nobody."""
ServiceName = Annotated[Line, Field(min_length=1, max_length=120)]
StoredServiceName = Annotated[StoredLine, Field(min_length=1, max_length=120)]
Note = Annotated[Prose, Field(max_length=2000, repr=False)]
"""A note about a request: it is stored encrypted, and never published on the bus."""
JoinerName = Annotated[Line, Field(min_length=1, max_length=200)]
MOST_JOINERS = 5
Joiners = Annotated[list[JoinerName], Field(max_length=MOST_JOINERS, repr=False)]
"""The names of companions."""
StoredJoiners = Annotated[
    list[Annotated[StoredLine, Field(min_length=1, max_length=200)]],
    Field(max_length=MOST_JOINERS, repr=False),
]
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
"""The kind of an appointment type, by which searches find it, whatever its name."""
AppointmentMode = Literal["in_person", "video"]
VideoUrl = Annotated[str, Field(pattern=r"^https://[!-~]+$", max_length=500)]
"""The way into somebody's video room."""
BookingMode = Literal["off", "request", "instant"]
"""The mode of booking: closed, reviewed by the practice, or confirmed at once."""
ActingRole = Literal["patient", "professional", "clinic"]
"""The role the caller is signed in with; any other role of theirs does not count."""
Side = Literal["patient", "professional"]
"""The two sides of a visit; the front desk is on its professional's."""
DeclineReason = Literal["not_available", "not_accepting", "not_suitable", "more_information", "other"]
"""The reason of a decline, as a code that apps translate."""


class Slot(Message):
    """A time that can be asked for, with the offset of its location's `time_zone`."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    location_id: UUID
    time_zone: TimeZone
