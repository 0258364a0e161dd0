"""Leaving for good."""

from fastapi import APIRouter

from gateway.auth import SignedIn, Support
from gateway.bus import Bus
from gateway.fields import MailAddress, MailedLink, Origin, Rows
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import deletion

router = APIRouter(prefix="/v1", tags=["deletion"])


@router.post(
    "/me/deletion",
    status_code=204,
    responses=documented(deletion.AskMyDeletion),
)
async def request_my_deletion(caller: SignedIn, bus: Bus) -> None:
    """Ask for your account to be deleted. Nothing happens before you confirm by the link that is mailed."""
    await bus.call(deletion.AskMyDeletion(person_id=caller.id))


@router.post(
    "/deletions",
    status_code=204,
    responses=documented(deletion.AskDeletion, refusals.InvalidEmail),
)
async def request_deletion(body: MailAddress, origin: Origin, bus: Bus) -> None:
    """The same without signing in. The answer is the same if the address has no account."""
    await bus.call(deletion.AskDeletion(email=body.email, origin=origin))


@router.post("/deletions/confirm", responses=documented(deletion.ConfirmDeletion))
async def confirm_deletion(body: MailedLink, bus: Bus) -> deletion.AccountDeletion:
    """Close your account: you are signed out everywhere, and your data are erased when the time is over.

    Open visits are cancelled at once, for the late fee that cancelling costs at this moment; it stays owed.
    """
    return await bus.call(deletion.ConfirmDeletion(token=body.token))


@router.post("/deletions/cancel", status_code=204, responses=documented(deletion.ReopenAccount))
async def cancel_deletion(body: MailedLink, bus: Bus) -> None:
    """Change your mind, as long as your data are not erased."""
    await bus.call(deletion.ReopenAccount(token=body.token))


@router.get("/deletions", responses=documented(deletion.ListDeletions))
async def list_deletions(_: Support, bus: Bus, page: Rows) -> deletion.DeletionsPage:
    """For support: how far each deletion has come, and what is kept and why; newest first."""
    return await bus.call(deletion.ListDeletions.of(page))
