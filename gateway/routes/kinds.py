"""The page of a problem's `type`."""

from fastapi import APIRouter
from pydantic import BaseModel

from gateway import problems
from gateway.description import documented
from shared.errors import Refused


class Kind(BaseModel):
    """The meaning of a `code`."""

    code: str
    title: str
    status: int


router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("/{code}", responses=documented("not_found"))
async def get_problem(code: str) -> Kind:
    """Show the meaning of a `code` to people who follow the `type` of a problem."""
    if code not in problems.PROBLEMS:
        raise Refused("not_found", "There is no problem with this code.")
    status, title = problems.PROBLEMS[code]
    return Kind(code=code, title=title, status=status)
