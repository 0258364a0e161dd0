"""Visits by video: the way in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import request, video
from services.requests.meeting import Rooms
from services.requests.operations.lookups import unknown_request
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.requests.meetings import JoinMeeting, MeetingView
from shared.db import Unit


@handles(JoinMeeting)
def join(
    unit: Unit, command: JoinMeeting, *, tools: Tools, rooms: Rooms | None, now: datetime
) -> MeetingView:
    """The professional's own room at that practice, or else one of `rooms`; None: there are none.

    Refuses `unknown_request`, `not_yours` and as `video.join` does.
    """
    with unit() as work:
        found = store.visits.find(work, tools.master, command.request_id)
        if found is None:
            raise unknown_request()
        side = request.side_of(found, by=command.by, role=command.role, to_read=True)
        settings = store.policies.calendar_of(work, found.professional_id, found.practice_id).settings
    own = settings.video_url
    doors = video.join(found, set_up=bool(own or rooms), now=now)
    if own is None:
        assert rooms is not None
        own = rooms.link(found.id, person_id=command.by, side=side, doors=doors)
    zone = ZoneInfo(found.time_zone)
    return MeetingView(url=own, opens_at=doors.start.astimezone(zone), closes_at=doors.end.astimezone(zone))
