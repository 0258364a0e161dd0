"""Visits in people's own calendars: one of them, or a private feed of all."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.base import Command, Done, Message, TimeZone
from shared.contracts.requests.places import StoredAddress, StoredLocationName
from shared.contracts.requests.refusals import SEEN
from shared.contracts.requests.values import ActingRole, AppointmentMode, Side, Status, StoredServiceName

FeedToken = Annotated[str, Field(min_length=1, max_length=200, repr=False)]
"""The secret part of a feed's link."""


class AppointmentFile(Message):
    """An appointment as a calendar app shows it, without notes and names of people."""

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
    refuses = SEEN
    request_id: UUID
    by: UUID
    role: ActingRole


class FeedLink(Message):
    """The link at which a calendar app finds a person's appointments. Everybody who has the link sees
    them."""

    url: Annotated[str, Field(repr=False)]


class OpenFeed(Command[FeedLink]):
    """Create a link to the caller's appointments on one side; the previous link stops working.

    `key_id` stands for the caller's idempotency key: while that link is the newest, the command returns it
    again.
    """

    refuses = "unknown_account"
    key_id: UUID
    by: UUID
    role: Side


class CloseFeed(Command[Done]):
    """Close the link, which stops working. Repeating it changes nothing."""

    by: UUID
    role: Side


class FeedView(Message):
    """Visits of the last 30 and the next 180 days that are on, soonest first; of many, the nearest."""

    events: list[AppointmentFile]


class ReadFeed(Command[FeedView]):
    """Read a feed by the token of its link."""

    refuses = "dead_link"
    token: FeedToken
