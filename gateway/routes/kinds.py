"""What the `type` of a problem leads to."""

from fastapi import APIRouter

from gateway import problems
from shared.errors import Refused

router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("/{code}", responses=problems.documented("not_found"))
async def kind(code: str) -> problems.Kind:
    """What a `code` means, for people who follow the `type` of a problem."""
    if code not in problems.PROBLEMS:
        raise Refused("not_found", "There is no problem of this kind.")
    status, title = problems.PROBLEMS[code]
    return problems.Kind(code=code, title=title, status=status)
