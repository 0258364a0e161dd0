"""Pages of one visit, for the guest to whom its link was mailed.

A GET changes nothing: mail programs open links before people do.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway import calendar
from gateway.auth import Keys, Visitor, visitor_by
from gateway.bus import Bus
from gateway.calendar import CalendarFile
from gateway.decisions import decided
from gateway.pages import forms, rendering
from gateway.pages.failures import PageRoute
from gateway.people import name_of, with_numbers
from shared.contracts.accounts.guests import CheckGuestLink, ForgetGuest
from shared.contracts.base import Command, Money
from shared.contracts.refusals import Refused
from shared.contracts.requests import feeds, proposals, requests, video_calls
from shared.contracts.requests.values import Note
from shared.errors import Broken, Unavailable

router = APIRouter(
    prefix="/visit", include_in_schema=False, route_class=PageRoute, default_response_class=HTMLResponse
)

FORGET = forms.Form("visit/forget")
_TOKEN = {"min_length": 1, "max_length": 1000}
SentVersion = Annotated[int, Form(ge=1, le=2**31 - 2)]


@dataclass(frozen=True)
class Visit:
    """The visit of the guest whose link holds `token`."""

    guest: Visitor
    token: str
    bus: Bus

    @property
    def by_guest(self) -> dict[str, Any]:
        """Return the fields of every command of the guest."""
        return decided(self.guest.request_id, self.guest)

    async def facts(self) -> dict[str, Any]:
        """Return the request, its event and the professional's name, if it can be found out."""
        request = await self.bus.call(requests.GetRequest(**self.by_guest))
        event, who = await asyncio.gather(
            self.bus.call(feeds.GetAppointmentFile(**self.by_guest)),
            name_of(self.bus, request.professional_id),
        )
        return {"token": self.token, "request": request, "event": event, "who": who}

    async def page(self, *, just_confirmed: bool = False) -> HTMLResponse:
        return rendering.page("visit/visit", just_confirmed=just_confirmed, **await self.facts())

    async def after(self, command: Command[requests.RequestView]) -> HTMLResponse:
        """Show the visit after `command`."""
        await with_numbers(self.bus, command)
        return await self.page()


async def _visit(token: str, keys: Keys, bus: Bus) -> Visit:
    """Refuses `dead_link`, and `joined_account` if accounts answers."""
    guest = await visitor_by(keys, token)
    with suppress(Unavailable, Broken):
        await bus.call(CheckGuestLink(guest_id=guest.id))
    return Visit(guest, token, bus)


async def _opened(token: Annotated[str, Query(**_TOKEN)], keys: Keys, bus: Bus) -> Visit:
    return await _visit(token, keys, bus)


async def _sent(token: Annotated[str, Form(**_TOKEN)], keys: Keys, bus: Bus) -> Visit:
    return await _visit(token, keys, bus)


Opened = Annotated[Visit, Depends(_opened)]
Sent = Annotated[Visit, Depends(_sent)]


@router.get("")
async def look(visit: Opened) -> HTMLResponse:
    return await visit.page()


@router.post("/confirm")
async def confirm(visit: Sent) -> HTMLResponse:
    await visit.bus.call(requests.VerifyRequest(request_id=visit.guest.request_id, by=visit.guest.id))
    return await visit.page(just_confirmed=True)


@router.post("/cancel")
async def ask_first(visit: Sent) -> HTMLResponse:
    """Ask for a confirmation that shows the fee, or explain why it cannot be cancelled online."""
    facts = await visit.facts()
    preview = requests.CancelRequest(**visit.by_guest, version=facts["request"].version, preview=True)
    return rendering.page("visit/cancel", fee=(await with_numbers(visit.bus, preview)).costs, **facts)


@router.post("/cancelled")
async def cancel(
    visit: Sent,
    version: SentVersion,
    amount_minor: Annotated[int | None, Form(ge=0, le=10**9)] = None,
    currency: Annotated[str | None, Form(pattern="^[A-Z]{3}$")] = None,
) -> HTMLResponse:
    fee = None
    if amount_minor is not None and currency is not None:
        fee = Money(amount_minor=amount_minor, currency=currency)
    return await visit.after(requests.CancelRequest(**visit.by_guest, version=version, accept_fee=fee))


@router.post("/proposal/{verb}")
async def answer_proposal(
    verb: Literal["accept", "decline"],
    visit: Sent,
    version: SentVersion,
    proposal_id: Annotated[UUID, Form()],
) -> HTMLResponse:
    kind = proposals.AcceptProposal if verb == "accept" else proposals.DeclineProposal
    return await visit.after(kind(**visit.by_guest, version=version, proposal_id=proposal_id))


@router.post("/answer")
async def answer(
    visit: Sent,
    version: SentVersion,
    follow_up_id: Annotated[UUID, Form()],
    words: Annotated[Note, Form(alias="answer", min_length=1)],
) -> HTMLResponse:
    given = {"follow_up_id": follow_up_id, "words": words}
    return await visit.after(proposals.AnswerFollowUp(**visit.by_guest, version=version, **given))


@router.get("/video", response_class=RedirectResponse)
async def video(visit: Opened) -> RedirectResponse:
    found = await visit.bus.call(video_calls.GetJoinLink(**visit.by_guest))
    return RedirectResponse(found.url, 303, rendering.HEADERS)


@router.get("/calendar.ics", response_class=CalendarFile)
async def for_calendar(visit: Opened) -> CalendarFile:
    return calendar.one(await visit.bus.call(feeds.GetAppointmentFile(**visit.by_guest)))


@router.get("/forget")
async def leave(visit: Opened) -> HTMLResponse:
    return FORGET.page({"token": visit.token}, fee=await _late_fee(visit))


@router.post("/forget")
async def forget(visit: Sent) -> HTMLResponse:
    await visit.bus.call(ForgetGuest(guest_id=visit.guest.id))
    return FORGET.done()


async def _late_fee(visit: Visit) -> Money | None:
    """Return the late fee that erasing costs now; None if there is none or it cannot be found out."""
    try:
        request = await visit.bus.call(requests.GetRequest(**visit.by_guest))
        preview = requests.CancelRequest(**visit.by_guest, version=request.version, preview=True)
        return (await visit.bus.call(preview)).costs
    except Refused:
        return None
