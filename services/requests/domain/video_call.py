"""The time in which a video call can be joined."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.requests.domain.interval import Interval
from services.requests.domain.request import Request, now_at
from shared.errors import Refused

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
        raise Refused("not_video", "This visit is in person, not by video.")
    if request.status != "confirmed":
        detail = f"You can join only a confirmed visit. This one is {request.status}."
        raise Refused("wrong_status", detail, **now_at(request))
    if not set_up:
        detail = "No video call is set up for this visit. Please call the practice."
        raise Refused("video_not_set_up", detail)
    open_during = joinable_during(request)
    if now < open_during.start:
        minutes = OPENS_BEFORE // timedelta(minutes=1)
        detail = f"You can join from {minutes} minutes before the start."
        opens_at = open_during.start.astimezone(ZoneInfo(request.time_zone)).isoformat()
        raise Refused("too_early", detail, opens_at=opens_at)
    if now >= open_during.end:
        raise Refused("too_late", "This visit is over.", **now_at(request))
    return open_during
