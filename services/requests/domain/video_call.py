"""The time in which a video call can be joined."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.requests.domain.interval import Interval
from services.requests.domain.request import Request, now_at
from shared.contracts.requests import refusals

OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(minutes=30)


def joinable_during(request: Request) -> Interval:
    """Return the time in which the join link is shown and works."""
    return Interval(request.starts_at - OPENS_BEFORE, request.ends_at + CLOSES_AFTER)


def join(request: Request, *, set_up: bool, now: datetime) -> Interval:
    """Return the time in which the call can be joined; `set_up` is True if a server or a link is set.

    Refuses `not_video`, `wrong_status`, `video_not_set_up`, `too_early` and `too_late`.
    """
    if request.mode != "video":
        raise refusals.NotVideo()
    if request.status != "confirmed":
        detail = f"You can join only a confirmed visit. This one is {request.status}."
        raise refusals.WrongStatus(detail, **now_at(request))
    if not set_up:
        raise refusals.VideoNotSetUp()
    open_during = joinable_during(request)
    if now < open_during.start:
        minutes = OPENS_BEFORE // timedelta(minutes=1)
        detail = f"You can join from {minutes} minutes before the start."
        opens_at = open_during.start.astimezone(ZoneInfo(request.time_zone)).isoformat()
        raise refusals.TooEarly(detail, opens_at=opens_at)
    if now >= open_during.end:
        raise refusals.TooLate("This visit is over.", **now_at(request))
    return open_during
