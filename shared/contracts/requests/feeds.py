"""Visits in people's own calendars: one of them, or a private feed of all."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.base import Command, Done, Message, TimeZone
from shared.contracts.requests.places import StoredAddress, StoredLocationName
from shared.contracts.requests.values import ActingRole, AppointmentMode, Side, Status, StoredServiceName

FeedToken = Annotated[str, Field(min_length=1, max_length=200, repr=False)]
"""The secret part of a feed's link."""


class AppointmentFile(Message):
    """What a calendar shows of a visit: nothing that was written about it, and nobody's name."""

    request_id: UUID
    version: PositiveInt
    status: Status
    patient_id: UUID
    professional_id: UUID
    service_name: StoredServiceName
    mode: AppointmentMode
    location_name: StoredLocationName
    location_address: StoredAddress
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    verified: bool = True
    changed_at: AwareDatetime
    """The last time that is known of."""


class GetAppointmentFile(Command[AppointmentFile]):
    request_id: UUID
    by: UUID
    role: ActingRole


class FeedLink(Message):
    """Where a calendar app finds somebody's visits. Whoever has it sees them."""

    url: Annotated[str, Field(repr=False)]


class OpenFeed(Command[FeedLink]):
    """Make a link to the visits on one side of hers; the one before is good for nothing any more.

    `key_id` stands for the caller's idempotency key: while that link is the newest, it is answered again.
    """

    key_id: UUID
    by: UUID
    role: Side


class CloseFeed(Command[Done]):
    """The link is good for nothing any more. Repeating it changes nothing."""

    by: UUID
    role: Side


class FeedView(Message):
    """Visits of the last 30 and the next 180 days that are on, soonest first; of many, the nearest."""

    events: list[AppointmentFile]


class ReadFeed(Command[FeedView]):
    """By whoever has the link."""

    token: FeedToken
