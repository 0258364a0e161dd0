"""Failures of pages are told in a page."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from gateway import problems, security_events
from gateway.pages import layout
from shared.contracts.refusals import Refused
from shared.errors import Broken, Unavailable


class PageRoute(APIRoute):
    """A route that answers in HTML whatever happens, and takes no form from another site."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
                return _from_another_site()
            try:
                return await handle(request)
            except Refused as error:
                return _refused(request, error)
            except Unavailable as error:
                structlog.get_logger().warning("unavailable", reason=str(error))
                return _unavailable()
            except Broken as error:
                structlog.get_logger().error("failed", error=str(error))
                return _failed()
            except RequestValidationError as error:
                return _incomplete(error)
            except HTTPException as error:
                return _unreadable(error.status_code)

        return answered


def _from_another_site() -> Response:
    words = "For your safety this form is only taken from its own page: open that, and send it from there."
    return layout.page("This was sent from another site", layout.paragraphs(words), status=403)


def _refused(request: Request, error: Refused) -> Response:
    security_events.note(error.code, request)
    status, title = problems.PROBLEMS[error.code]
    wait = error.facts.get("retry_after")
    headers = {"Retry-After": str(wait)} if wait is not None else None
    words = layout.paragraphs(error.detail) + _MORE.get(
        (error.code, request.url.path.startswith("/visit")), ""
    )
    return layout.page(title, words, status=status, headers=headers)


_MORE = {
    ("dead_link", True): '<p><a href="/visit/link">Mail me a new link</a></p>',
    ("joined_account", True): (
        "<p>Open the HealthConnect app and sign in as a patient: you find the visit among yours.</p>"
        '<p><a href="/account/forgot">Forgot your password?</a></p>'
    ),
}
"""More to say on the page of a refusal: (code, True for a page of a guest's visit) → HTML."""


def _unavailable() -> Response:
    status, title = problems.PROBLEMS["try_again"]
    words = "Nothing is lost: go back and send it again in a moment."
    headers = {"Retry-After": problems.RETRY_AFTER}
    return layout.page(title, layout.paragraphs(words), status=status, headers=headers)


def _failed() -> Response:
    status, title = problems.PROBLEMS["internal_error"]
    words = "This is our fault, and we have logged it."
    return layout.page(title, layout.paragraphs(words), status=status)


def _incomplete(error: RequestValidationError) -> Response:
    names = ", ".join(sorted({str(each["loc"][-1]) for each in error.errors()}))
    words = (
        f"This is missing, or is not as it was: {names}.",
        "If you came by a link in a mail, open the whole link again; else begin again on the first page.",
    )
    return layout.page("Something is missing", layout.paragraphs(*words), status=422)


def _unreadable(status: int) -> Response:
    words = "Go back, make it shorter, and send it again."
    return layout.page("This cannot be read", layout.paragraphs(words), status=status)
