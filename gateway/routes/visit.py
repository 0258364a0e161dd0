"""Pages of one visit, for the guest to whom its link was mailed.

A GET changes nothing: mail programs open links before people do.
"""

import asyncio
from contextlib import suppress
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from gateway import calendar
from gateway.auth import Keyring, Keys, Visitor, visitor_by
from gateway.bus import Bus
from gateway.calendar import CalendarFile
from gateway.decisions import decided
from gateway.fields import Origin
from gateway.pages import layout, visit
from gateway.pages.failures import PageRoute
from gateway.people import name_of, with_numbers
from shared.contracts.accounts.guests import AskGuestLinks, CheckGuestLink, ForgetGuest
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
SentToken = Annotated[str, Form(**_TOKEN)]
SentVersion = Annotated[int, Form(ge=1, le=2**31 - 2)]


@router.get("")
async def look(token: Token, keys: Keys, bus: Bus) -> HTMLResponse:
    return visit.shown(await _page(bus, await _visitor(bus, keys, token), token))


@router.post("/confirm")
async def confirm(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    await bus.call(VerifyRequest(request_id=guest.request_id, by=guest.id))
    return visit.shown(await _page(bus, guest, token), just_confirmed=True)


@router.post("/cancel")
async def ask_first(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    """Ask for a confirmation that shows the fee, or explain why it cannot be cancelled online."""
    guest = await _visitor(bus, keys, token)
    page = await _page(bus, guest, token)
    try:
        after = await with_numbers(bus, _cancel(guest, page.request.version, preview=True))
    except Refused as refusal:
        return visit.refused(refusal)
    return visit.sure(page, fee=after.costs)


@router.post("/cancelled")
async def cancel(
    token: SentToken,
    keys: Keys,
    bus: Bus,
    version: SentVersion,
    amount_minor: Annotated[int | None, Form(ge=0, le=10**9)] = None,
    currency: Annotated[str | None, Form(pattern="^[A-Z]{3}$")] = None,
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
    proposal_id: Annotated[UUID, Form()],
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
    follow_up_id: Annotated[UUID, Form()],
    words: Annotated[Note, Form(alias="answer", min_length=1)],
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
    return RedirectResponse(found.url, 303, layout.HEADERS)


@router.get("/calendar.ics", response_class=CalendarFile)
async def for_calendar(token: Token, keys: Keys, bus: Bus) -> CalendarFile:
    guest = await _visitor(bus, keys, token)
    return calendar.one(await bus.call(_event(guest)))


@router.get("/forget")
async def leave(token: Token, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    return visit.leaving(token, fee=await _late_fee(bus, guest))


@router.post("/forget")
async def forget(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await _visitor(bus, keys, token)
    await bus.call(ForgetGuest(guest_id=guest.id))
    words = "What is known of you is erased. A visit that was to come is cancelled, and the practice is told."
    return layout.page("Your data are erased", layout.paragraphs(words))


@router.get("/link")
async def fresh_link() -> HTMLResponse:
    return visit.LINK.page()


@router.post("/link")
async def ask_link(bus: Bus, origin: Origin, email: Annotated[str, Form()] = "") -> HTMLResponse:
    try:
        await bus.call(AskGuestLinks(email=email, origin=origin))
    except (Refused, ValidationError) as error:
        return visit.LINK.again({"email": email}, error)
    return layout.page(
        "Look into your mail",
        layout.paragraphs(
            "If you asked for a visit with this address, without an account, a new link to each visit is "
            "on its way to it.",
            "If you have an account, sign in with the app: your visits are there.",
        ),
    )


async def _visitor(bus: Bus, keys: Keyring, token: str) -> Visitor:
    """Return the guest of this link. Refuses `dead_link`, and `joined_account` if accounts answers."""
    guest = await visitor_by(keys, token)
    with suppress(Unavailable, Broken):
        await bus.call(CheckGuestLink(guest_id=guest.id))
    return guest


async def _page(bus: Bus, guest: Visitor, token: str) -> visit.Page:
    request = await bus.call(GetRequest(request_id=guest.request_id, by=guest.id, role=guest.role))
    event, who = await asyncio.gather(bus.call(_event(guest)), name_of(bus, request.professional_id))
    return visit.Page(token, request, event, who)


async def _late_fee(bus: Bus, guest: Visitor) -> Money | None:
    """Return the late fee that erasing costs now; None if there is none or it cannot be found out."""
    try:
        request = await bus.call(GetRequest(request_id=guest.request_id, by=guest.id, role=guest.role))
        return (await bus.call(_cancel(guest, request.version, preview=True))).costs
    except Refused:
        return None


async def _done(bus: Bus, guest: Visitor, token: str, command: Command[RequestView]) -> HTMLResponse:
    """The visit after it; or why it cannot be done."""
    try:
        await with_numbers(bus, command)
    except Refused as refusal:
        return visit.refused(refusal)
    return visit.shown(await _page(bus, guest, token))


def _event(guest: Visitor) -> GetAppointmentFile:
    return GetAppointmentFile(request_id=guest.request_id, by=guest.id, role=guest.role)


def _cancel(
    guest: Visitor, version: int, *, preview: bool = False, accept_fee: Money | None = None
) -> CancelRequest:
    return CancelRequest(
        **decided(guest.request_id, guest), version=version, preview=preview, accept_fee=accept_fee
    )
