"""Is it alive, and can it do its work?"""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

from gateway import problems
from gateway.bus import Bus
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.base import COMMANDS
from shared.errors import Broken, Unavailable

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: str
    services: dict[str, bool] = {}
    warnings: list[str] = []
    """Problems that the operator should fix, although calls are answered."""


@router.get("/live", responses=documented())
async def check_liveness() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready", responses=documented(refusals.NotReady), response_model=Health)
async def check_readiness(request: Request, bus: Bus) -> object:
    """Every service and its database answer."""

    async def answers(service: str) -> bool:
        try:
            await bus.ping(service)
        except (Unavailable, Broken):
            return False
        return True

    names = sorted({kind.receiver() for kind in COMMANDS.values()})
    services = dict(zip(names, await asyncio.gather(*map(answers, names)), strict=True))
    if not all(services.values()):
        down = ", ".join(name for name, up in services.items() if not up)
        headers = {"Retry-After": problems.RETRY_AFTER}
        refusal = refusals.NotReady(f"No answer from: {down}.", services=services)
        return problems.answer(refusal, headers)
    return Health(status="ready", services=services, warnings=request.app.state.warnings)
