"""The inbox of the caller."""

from fastapi import APIRouter

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Rows
from gateway.problems.description import documented
from shared.contracts.notify import InboxPage, ListInbox

router = APIRouter(prefix="/v1", tags=["inbox"])


@router.get("/inbox", responses=documented(ListInbox))
async def list_inbox(caller: SignedIn, bus: Bus, page: Rows) -> InboxPage:
    """Status changes of your requests, newest first."""
    return await bus.call(ListInbox.of(page, person_id=caller.id))
