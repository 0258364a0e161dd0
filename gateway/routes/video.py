"""Visits by video: the way in."""

from uuid import UUID

from fastapi import APIRouter

from gateway.auth import AtOneVisit
from gateway.bus import Bus
from gateway.problems.description import documented
from shared.contracts.requests.video_calls import GetJoinLink, JoinLinkView

router = APIRouter(prefix="/v1/requests", tags=["calendars"])


@router.get(
    "/{request_id}/video",
    responses=documented(GetJoinLink),
)
async def get_join_link(request_id: UUID, caller: AtOneVisit, bus: Bus) -> JoinLinkView:
    """Get the join link of your video call, from 15 minutes before its start until 30 minutes after its end.

    The link is yours alone. Before that time the refusal says in `opens_at` when to try again.
    """
    return await bus.call(GetJoinLink(request_id=request_id, by=caller.id, role=caller.role))
