"""Support removes a lost second factor from an account."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import Support
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, MailedLink, Rows, new_id
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import removals
from shared.contracts.accounts.values import Email

router = APIRouter(prefix="/v1/factor-removals", tags=["security"])


class NewFactorRemoval(Body):
    """The account, by one of the two."""

    email: Email | None = Field(None, examples=["anna@example.org"])
    account_id: UUID | None = None


@router.post(
    "",
    status_code=201,
    responses=documented(removals.AskFactorRemoval, refusals.InvalidEmail),
)
async def request_factor_removal(
    body: NewFactorRemoval, key: IdempotencyKey, caller: Support, bus: Bus
) -> removals.FactorRemoval:
    """For support: have the authenticator app and the passkeys of an account removed, after a wait.

    The owner gets a mail at once, each day, and when it is done. The link in it stops the removal, and so
    does signing in with the factor. Each step is written in the owner's audit, with who asked for it.
    """
    return await bus.call(removals.AskFactorRemoval.of(body, removal_id=new_id(caller.id, key), by=caller.id))


@router.get("", responses=documented(removals.ListFactorRemovals))
async def list_factor_removals(_: Support, bus: Bus, page: Rows) -> removals.FactorRemovalsPage:
    """For support: what was asked for and how it stands, newest first."""
    return await bus.call(removals.ListFactorRemovals.of(page))


@router.post("/stop", status_code=204, responses=documented(removals.StopFactorRemoval))
async def stop_factor_removal(body: MailedLink, bus: Bus) -> None:
    """Keep your second factor, with the token of the mailed link."""
    await bus.call(removals.StopFactorRemoval(token=body.token))
