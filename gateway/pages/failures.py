"""Failures of pages are shown as pages."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from gateway import problems, security_events
from gateway.pages import rendering
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
                security_events.note(error.code, request)
                return refused(error, of_visit=request.url.path.startswith("/visit"))
            except Unavailable as error:
                structlog.get_logger().warning("unavailable", reason=str(error))
                words = "Nothing is lost. Go back, and send it again in a moment."
                return _problem("try_again", words, headers={"Retry-After": problems.RETRY_AFTER})
            except Broken as error:
                structlog.get_logger().error("failed", error=str(error))
                return _problem("internal_error", "This is our fault, and we have logged it.")
            except RequestValidationError as error:
                return _incomplete(error)
            except HTTPException as error:
                words = "Go back, shorten it, and send it again."
                return _told(error.status_code, "This cannot be read", words)

        return answered


def refused(error: Refused, *, of_visit: bool) -> Response:
    """Explain a refusal, and list the numbers to call; a page of a guest's visit says what to do next."""
    wait = error.facts.get("retry_after")
    headers = {"Retry-After": str(wait)} if wait is not None else None
    more = error.code if of_visit else ""
    return _problem(error.code, error.detail, headers=headers, more=more, cards=error.facts.get("call", ()))


def _problem(code: str, words: str, **more: Any) -> Response:
    status, title = problems.PROBLEMS[code]
    return _told(status, title, words, **more)


def _told(status: int, title: str, *words: str, **more: Any) -> Response:
    return rendering.page("failure", status, title=title, words=words, **more)


def _from_another_site() -> Response:
    words = (
        "For your safety, we accept this form only from its own page. Open that page, and send it from there."
    )
    return _told(403, "This was sent from another site", words)


def _incomplete(error: RequestValidationError) -> Response:
    names = ", ".join(sorted({str(each["loc"][-1]) for each in error.errors()}))
    return _told(
        422,
        "Something is missing",
        f"These fields are missing or were changed: {names}.",
        "If a mail brought you here, open the whole link again. Otherwise, start again on the first page.",
    )
