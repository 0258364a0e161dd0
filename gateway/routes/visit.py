"""Pages of one visit, for the guest to whom its link was mailed.

A GET changes nothing: mail programs open links before people do.
"""

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

import fastapi
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway import calendar
from gateway.auth import Keyring, Keys, Visitor, visitor_by
from gateway.bus import Bus
from gateway.calendar import CalendarFile
from gateway.decisions import decided
from gateway.pages import rendering
from gateway.pages.failures import PageRoute
from gateway.pages.forms import Form
from gateway.people import name_of, with_numbers
from shared.contracts.accounts.guests import CheckGuestLink, ForgetGuest
from shared.contracts.base import Command, Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.feeds import GetAppointmentFile
from shared.contracts.requests.proposals import AcceptProposal, AnswerFollowUp, DeclineProposal
from shared.contracts.requests.requests import CancelRequest, GetRequest, RequestView, VerifyRequest
from shared.contracts.requests.values import Note
from shared.contracts.requests.video_calls import GetJoinLink
from shared.errors import Broken, Unavailable

router = APIRouter(
    prefix="/visit", include_in_schema=False, route_class=PageRoute, default_response_class=HTMLResponse
)

_TOKEN = {"min_length": 1, "max_length": 1000}
Token = Annotated[str, Query(**_TOKEN)]
SentToken = Annotated[str, fastapi.Form(**_TOKEN)]
FORGET = Form("visit/forget")
SentVersion = Annotated[int, fastapi.Form(ge=1, le=2**31 - 2)]


@router.get("")
async def look(token: Token, keys: Keys, bus: Bus) -> HTMLResponse:
    return await _shown(bus, await _visitor(bus, keys, token), token)


@router.post("/confirm")
async def confirm(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    await bus.call(VerifyRequest(request_id=guest.request_id, by=guest.id))
    return await _shown(bus, guest, token, just_confirmed=True)


@router.post("/cancel")
async def ask_first(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    """Ask for a confirmation that shows the fee, or explain why it cannot be cancelled online."""
    guest = await _visitor(bus, keys, token)
    facts = await _facts(bus, guest)
    after = await with_numbers(bus, _cancel(guest, facts["request"].version, preview=True))
    return rendering.page("visit/cancel", token=token, fee=after.costs, **facts)


@router.post("/cancelled")
async def cancel(
    token: SentToken,
    keys: Keys,
    bus: Bus,
    version: SentVersion,
    amount_minor: Annotated[int | None, fastapi.Form(ge=0, le=10**9)] = None,
    currency: Annotated[str | None, fastapi.Form(pattern="^[A-Z]{3}$")] = None,
) -> HTMLResponse:
    fee = None
    if amount_minor is not None and currency is not None:
        fee = Money(amount_minor=amount_minor, currency=currency)
    guest = await _visitor(bus, keys, token)
    return await _done(bus, guest, token, _cancel(guest, version, accept_fee=fee))


@router.post("/proposal/{verb}")
async def answer_proposal(
    verb: Literal["accept", "decline"],
    token: SentToken,
    keys: Keys,
    bus: Bus,
    version: SentVersion,
    proposal_id: Annotated[UUID, fastapi.Form()],
) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    kind = AcceptProposal if verb == "accept" else DeclineProposal
    return await _done(
        bus, guest, token, kind(**decided(guest.request_id, guest), version=version, proposal_id=proposal_id)
    )


@router.post("/answer")
async def answer(
    token: SentToken,
    keys: Keys,
    bus: Bus,
    version: SentVersion,
    follow_up_id: Annotated[UUID, fastapi.Form()],
    words: Annotated[Note, fastapi.Form(alias="answer", min_length=1)],
) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    command = AnswerFollowUp(
        **decided(guest.request_id, guest), version=version, follow_up_id=follow_up_id, words=words
    )
    return await _done(bus, guest, token, command)


@router.get("/video", response_class=RedirectResponse)
async def video(token: Token, keys: Keys, bus: Bus) -> RedirectResponse:
    guest = await _visitor(bus, keys, token)
    found = await bus.call(GetJoinLink(request_id=guest.request_id, by=guest.id, role=guest.role))
    return RedirectResponse(found.url, 303, rendering.HEADERS)


@router.get("/calendar.ics", response_class=CalendarFile)
async def for_calendar(token: Token, keys: Keys, bus: Bus) -> CalendarFile:
    guest = await _visitor(bus, keys, token)
    return calendar.one(await bus.call(_event(guest)))


@router.get("/forget")
async def leave(token: Token, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    return FORGET.page({"token": token}, fee=await _late_fee(bus, guest))


@router.post("/forget")
async def forget(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    await bus.call(ForgetGuest(guest_id=guest.id))
    return FORGET.done()


async def _visitor(bus: Bus, keys: Keyring, token: str) -> Visitor:
    """Return the guest of this link. Refuses `dead_link`, and `joined_account` if accounts answers."""
    guest = await visitor_by(keys, token)
    with suppress(Unavailable, Broken):
        await bus.call(CheckGuestLink(guest_id=guest.id))
    return guest


async def _facts(bus: Bus, guest: Visitor) -> dict[str, Any]:
    """Return the request, its event and the professional's name, if it can be found out."""
    request = await bus.call(GetRequest(request_id=guest.request_id, by=guest.id, role=guest.role))
    event, who = await asyncio.gather(bus.call(_event(guest)), name_of(bus, request.professional_id))
    return {"request": request, "event": event, "who": who}


async def _shown(bus: Bus, guest: Visitor, token: str, *, just_confirmed: bool = False) -> HTMLResponse:
    facts = await _facts(bus, guest)
    return rendering.page("visit/visit", token=token, just_confirmed=just_confirmed, **facts)


async def _late_fee(bus: Bus, guest: Visitor) -> Money | None:
    """Return the late fee that erasing costs now; None if there is none or it cannot be found out."""
    try:
        request = await bus.call(GetRequest(request_id=guest.request_id, by=guest.id, role=guest.role))
        return (await bus.call(_cancel(guest, request.version, preview=True))).costs
    except Refused:
        return None


async def _done(bus: Bus, guest: Visitor, token: str, command: Command[RequestView]) -> HTMLResponse:
    """Show the visit after `command`."""
    await with_numbers(bus, command)
    return await _shown(bus, guest, token)


def _event(guest: Visitor) -> GetAppointmentFile:
    return GetAppointmentFile(request_id=guest.request_id, by=guest.id, role=guest.role)


def _cancel(
    guest: Visitor, version: int, *, preview: bool = False, accept_fee: Money | None = None
) -> CancelRequest:
    return CancelRequest(
        **decided(guest.request_id, guest), version=version, preview=preview, accept_fee=accept_fee
    )
