"""The page of a problem's `type`."""

from fastapi import APIRouter
from pydantic import BaseModel

from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.refusals import REFUSALS


class ProblemKind(BaseModel):
    """The meaning of a `code`."""

    code: str
    title: str
    status: int


router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("/{code}", responses=documented(refusals.NotFound))
async def get_problem(code: str) -> ProblemKind:
    """Show the meaning of a `code` to people who follow the `type` of a problem."""
    if (found := REFUSALS.get(code)) is None:
        raise refusals.NotFound("There is no problem with this code.")
    return ProblemKind(code=code, title=found.title, status=refusals.status_of(found))
