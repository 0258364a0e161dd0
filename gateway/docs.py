"""The interactive page of the API. It loads our own files only; its content policy runs no other script."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from gateway.pages import rendering

router = APIRouter(include_in_schema=False)
_SCRIPT, _HASH = rendering.inline("docs.js")
_POLICY = (
    f"default-src 'none'; script-src 'self' {_HASH}; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/docs")
async def docs() -> HTMLResponse:
    return rendering.page("docs", headers={"Content-Security-Policy": _POLICY}, script=_SCRIPT)
