"""Video calls: the join link of an appointment, for each of its sides."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import request, video_call
from services.requests.jitsi import VideoCalls
from services.requests.operations import lookups
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.requests.video_calls import GetJoinLink, JoinLinkView
from shared.db import Unit


@handles(GetJoinLink)
def get_join_link(
    unit: Unit, command: GetJoinLink, *, tools: Tools, video_calls: VideoCalls | None, now: datetime
) -> JoinLinkView:
    """Return the professional's own link at that practice, or else one of `video_calls`, if there are any.

    Refuses `unknown_request`, `not_yours` and as `video_call.join` does.
    """
    with unit() as work:
        found = lookups.known_request(work, command.request_id, tools=tools)
        side = request.side_of(found, by=command.by, role=command.role, to_read=True)
        settings = store.policies.booking_settings_of(work, found.professional_id, found.practice_id).settings
    own = settings.video_url
    valid = video_call.join(found, set_up=bool(own or video_calls), now=now)
    if own is None:
        assert video_calls is not None
        own = video_calls.link(found.id, person_id=command.by, side=side, valid=valid)
    zone = ZoneInfo(found.time_zone)
    return JoinLinkView(url=own, opens_at=valid.start.astimezone(zone), closes_at=valid.end.astimezone(zone))
