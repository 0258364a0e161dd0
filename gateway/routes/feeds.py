"""Visits in people's own calendars: one to be added, or a private link that a calendar app subscribes to."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from gateway import calendar
from gateway.auth import AtVisit, ForOneVisit
from gateway.bus import Bus
from gateway.calendar import CalendarFile
from gateway.fields import IdempotencyKey, new_id
from gateway.problems.description import documented
from shared.contracts.requests import feeds

router = APIRouter(tags=["calendars"])

_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"description": "iCalendar", "content": {"text/calendar": {}}}
}


@router.get(
    "/v1/requests/{request_id}/calendar.ics",
    response_class=CalendarFile,
    responses=_CALENDAR | documented(feeds.GetAppointmentFile),
)
async def get_calendar_file(request_id: UUID, caller: ForOneVisit, bus: Bus) -> CalendarFile:
    """A visit for your own calendar. It names nobody, and says nothing of what was written about it.

    Fetched again it updates the one that is there; once the visit is off, it takes it out.
    """
    command = feeds.GetAppointmentFile(request_id=request_id, by=caller.id, role=caller.role)
    return calendar.one(await bus.call(command))


@router.post(
    "/v1/calendar-feed",
    status_code=201,
    responses=documented(feeds.OpenFeed),
)
async def open_feed(key: IdempotencyKey, caller: AtVisit, bus: Bus) -> feeds.FeedLink:
    """Create a private link to your appointments that a calendar app can subscribe to, in your current role.

    Anyone with the link sees when and where your appointments are, so keep it to yourself. An earlier link
    stops working. The link is shown only once.
    """
    return await bus.call(feeds.OpenFeed(key_id=new_id(caller.id, key), by=caller.id, role=caller.role))


@router.delete("/v1/calendar-feed", status_code=204, responses=documented(feeds.CloseFeed))
async def close_feed(caller: AtVisit, bus: Bus) -> None:
    """Revoke the link: calendar apps that have it find nothing any more.

    Signing out everywhere, and setting a new password, revoke it too.
    """
    await bus.call(feeds.CloseFeed(by=caller.id, role=caller.role))


@router.get(
    "/calendar/{token}.ics",
    response_class=CalendarFile,
    responses=_CALENDAR | documented(feeds.ReadFeed),
)
async def read_feed(token: feeds.FeedToken, bus: Bus) -> CalendarFile:
    """Download the appointments of the last 30 and the next 180 days by a private link, but no ended ones."""
    view = await bus.call(feeds.ReadFeed(token=token))
    # hundreds of visits take a while to write: others are answered meanwhile
    return await asyncio.to_thread(calendar.feed, view)
