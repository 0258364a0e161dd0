"""Pages of one visit, for the guest to whom its link was mailed.

A GET changes nothing: mail programs open links before people do.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse

from gateway import calendar
from gateway.auth import Keys, Visitor, visitor_by
from gateway.bus import Bus
from gateway.calendar import CalendarFile
from gateway.pages import layout, visit
from gateway.pages.failures import PageRoute
from gateway.people import name_of, with_numbers
from shared.contracts.accounts.guests import ForgetGuest
from shared.contracts.base import Money
from shared.contracts.requests.feeds import GetVisitEvent, VisitEvent
from shared.contracts.requests.visits import CancelRequest, GetRequest, VerifyRequest
from shared.errors import Refused

router = APIRouter(
    prefix="/visit", include_in_schema=False, route_class=PageRoute, default_response_class=HTMLResponse
)

_TOKEN = {"min_length": 1, "max_length": 1000}
Token = Annotated[str, Query(**_TOKEN)]
SentToken = Annotated[str, Form(**_TOKEN)]


@router.get("")
async def look(token: Token, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await visitor_by(keys, token)
    seen = await _seen(bus, guest)
    return visit.shown(seen, token, who=await name_of(bus, seen.professional_id))


@router.post("/confirm")
async def confirm(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await visitor_by(keys, token)
    await bus.call(VerifyRequest(request_id=guest.request_id, by=guest.id))
    seen = await _seen(bus, guest)
    return visit.shown(seen, token, who=await name_of(bus, seen.professional_id), just_confirmed=True)


@router.post("/cancel")
async def ask_first(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    """What it would cost, and whether it can be done here at all."""
    guest = await visitor_by(keys, token)
    seen = await _seen(bus, guest)
    try:
        after = await with_numbers(bus, _cancel(guest, seen.version, preview=True))
    except Refused as refusal:
        return visit.refused(refusal)
    before = await bus.call(GetRequest(request_id=guest.request_id, by=guest.id, role=guest.role))
    return visit.sure(seen, token, fee=_also_owed(before.fee, after.fee))


@router.post("/cancelled")
async def cancel(
    token: SentToken,
    keys: Keys,
    bus: Bus,
    version: Annotated[int, Form(ge=1, le=2**31 - 2)],
    amount_minor: Annotated[int | None, Form(ge=0, le=10**9)] = None,
    currency: Annotated[str | None, Form(pattern="^[A-Z]{3}$")] = None,
) -> HTMLResponse:
    guest = await visitor_by(keys, token)
    fee = None
    if amount_minor is not None and currency is not None:
        fee = Money(amount_minor=amount_minor, currency=currency)
    try:
        await with_numbers(bus, _cancel(guest, version, accept_fee=fee))
    except Refused as refusal:
        return visit.refused(refusal)
    return visit.cancelled()


@router.get("/calendar.ics", response_class=CalendarFile)
async def for_calendar(token: Token, keys: Keys, bus: Bus) -> CalendarFile:
    return calendar.one(await _seen(bus, await visitor_by(keys, token)))


@router.get("/forget")
async def leave(token: Token, keys: Keys) -> HTMLResponse:
    await visitor_by(keys, token)
    return visit.FORGET.page({"token": token})


@router.post("/forget")
async def forget(token: SentToken, keys: Keys, bus: Bus) -> HTMLResponse:
    guest = await visitor_by(keys, token)
    await bus.call(ForgetGuest(guest_id=guest.id))
    words = "What is known of you is erased. A visit that was to come is cancelled, and the practice is told."
    return layout.page("Your data are erased", layout.paragraphs(words))


async def _seen(bus: Bus, guest: Visitor) -> VisitEvent:
    return await bus.call(GetVisitEvent(request_id=guest.request_id, by=guest.id, role=guest.role))


def _also_owed(before: Money | None, after: Money | None) -> Money | None:
    """What comes on top of what she owes already."""
    if before is None or after is None:
        return after
    more = after.amount_minor - before.amount_minor
    return Money(amount_minor=more, currency=after.currency) if more else None


def _cancel(
    guest: Visitor, version: int, *, preview: bool = False, accept_fee: Money | None = None
) -> CancelRequest:
    return CancelRequest(
        request_id=guest.request_id,
        by=guest.id,
        role=guest.role,
        version=version,
        preview=preview,
        accept_fee=accept_fee,
    )
