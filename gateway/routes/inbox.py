"""The inbox of the caller."""

from fastapi import APIRouter

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Cursor, Limit
from gateway.problems.description import documented
from shared.contracts.notify import InboxPage, ListInbox

router = APIRouter(prefix="/v1", tags=["inbox"])


@router.get("/inbox", responses=documented(ListInbox))
async def list_inbox(caller: SignedIn, bus: Bus, cursor: Cursor = None, limit: Limit = 50) -> InboxPage:
    """Status changes of your requests, newest first."""
    return await bus.call(ListInbox(person_id=caller.id, cursor=cursor, limit=limit))
