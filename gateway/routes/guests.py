"""Guests: asking for a visit without an account, and having it in one later."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from gateway.auth import GuestOfVisit, Keys, Patient, PatientOfVisit, visitor_by
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, MailAddress, Origin, strangers_id
from gateway.people import NewGuest, welcomed
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import guests
from shared.contracts.base import TimeZone
from shared.contracts.requests import requests

router = APIRouter(prefix="/v1", tags=["guests"])


class NewGuestRequest(requests.RequestDraft, Body):
    """Not for emergencies: if it is urgent, contact local emergency services."""

    guest: NewGuest


class GuestRequestView(BaseModel):
    """A time that is held until the mailed link is opened, at the latest until `expires_at`."""

    request_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: TimeZone
    expires_at: AwareDatetime


class AppointmentLink(Body):
    token: Annotated[str, Field(max_length=1000, repr=False, description="The last part of the mailed link.")]


@router.post(
    "/guests/requests",
    status_code=201,
    responses=documented(
        requests.SubmitRequest, refusals.TooManyAttempts, refusals.InvalidEmail, refusals.InvalidPhone
    ),
)
async def submit_guest_request(
    body: NewGuestRequest, key: IdempotencyKey, origin: Origin, bus: Bus
) -> GuestRequestView:
    """Ask for a visit as a new client, without an account.

    A link is mailed to the address; the time is held for 30 minutes, and the practice sees the request once
    the link was opened and confirmed. The same link shows the visit later, cancels it, and puts it into a
    calendar. HealthConnect is not for emergencies: if you need urgent or emergency care, contact local
    emergency services or go to the nearest emergency department.
    """
    guest_id = strangers_id("guest", body.guest.email, key)
    request = requests.GetRequest(request_id=uuid5(guest_id, "visit"), by=guest_id, role="patient")
    async with welcomed(bus, body.guest, guest_id, request, origin=origin) as counts_as:
        held = await bus.call(
            requests.SubmitRequest.of(
                body,
                request_id=request.request_id,
                by=guest_id,
                role="patient",
                patient_id=guest_id,
                guest=True,
                counts_as=counts_as,
            )
        )
    return GuestRequestView.model_validate(held, from_attributes=True)


@router.post(
    "/requests/{request_id}/verify",
    responses=documented(requests.VerifyRequest),
)
async def verify_request(request_id: UUID, caller: PatientOfVisit, bus: Bus) -> requests.RequestView:
    """Confirm, with the token of the mailed link, that you asked for this: now the practice sees it.

    It counts for your limits from now on, as what an account with your address asks for does.
    """
    return await bus.call(requests.VerifyRequest(request_id=request_id, by=caller.id))


@router.post(
    "/me/guest-visits",
    status_code=204,
    responses=documented(guests.JoinGuest),
)
async def add_guest_request(body: AppointmentLink, caller: Patient, keys: Keys, bus: Bus) -> None:
    """Have what you asked for as a guest in your account, which has the address that the link was mailed to.

    The link no longer works after that.
    """
    guest = await visitor_by(keys, body.token)
    await bus.call(guests.JoinGuest(guest_id=guest.id, person_id=caller.id))


@router.post(
    "/guests/links",
    status_code=204,
    responses=documented(guests.AskGuestLinks, refusals.InvalidEmail),
)
async def request_guest_links(body: MailAddress, origin: Origin, bus: Bus) -> None:
    """Have fresh links mailed to the visits that were asked for with this address, without an account.

    The answer is the same if there are none. By default, one address can ask 10 times in an hour; older
    links stay valid.
    """
    await bus.call(guests.AskGuestLinks(email=body.email, origin=origin))


@router.delete(
    "/requests/{request_id}/guest",
    status_code=204,
    responses=documented(guests.ForgetGuest, refusals.UnknownRequest),
)
async def erase_guest(caller: GuestOfVisit, bus: Bus) -> None:
    """Erase, with the token of the mailed link, what is known of you. A visit that is to come is cancelled.

    What stays is that there was a visit: numbers (ids), times and states, and a late fee that cancelling at
    this moment costs.
    """
    await bus.call(guests.ForgetGuest(guest_id=caller.id))
