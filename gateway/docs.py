"""The interactive page of the API. It loads our own files only; its content policy runs no other script."""

import base64
import hashlib
import re
from functools import cache

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

STATIC = "/static-offline-docs"
"""The path under which the files of the package fastapi-offline are served."""
router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    return _page(request.app.title, request.app.openapi_url)


@cache
def _page(title: str, openapi_url: str) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url=openapi_url,
        title=f"{title} - Swagger UI",
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
    )
    scripts = " ".join(f"'sha256-{each}'" for each in _inline_scripts(bytes(page.body).decode()))
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return page


def _inline_scripts(html: str) -> list[str]:
    """Return the hashes of the scripts inside the page."""
    texts: list[str] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in texts]
