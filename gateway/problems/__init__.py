"""Every way to say no, as RFC 9457 problem details with a stable `code`.

`refusals` has the gateway's own refusals and the status of each kind, `description` puts all of them into
OpenAPI, and `page` shows each to people. Answers never hold the value that was sent.
"""

import re
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gateway import security_events
from gateway.problems import refusals
from gateway.problems.refusals import LARGEST_BODY as LARGEST_BODY
from gateway.problems.refusals import PROBLEMS as PROBLEMS
from shared import log
from shared.contracts.refusals import Refused
from shared.errors import Broken, Unavailable

RETRY_AFTER = "2"  # seconds
MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 20
"""The most faults of one input that are listed."""
LONGEST_FIELD = 200  # characters of a name that the caller made up
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""The headers of every answer that sets no stricter value itself."""


class InputError(BaseModel):
    code: str
    field: str
    detail: str


def answer(refusal: Refused, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the response that says `refusal`."""
    code, status = refusal.code, refusals.status_of(type(refusal))
    body = {"type": f"/problems/{code}", "title": refusal.title, "status": status, "code": code}
    body["detail"] = refusal.detail
    if refusal.field:
        body["field"] = refusal.field
    return JSONResponse(refusal.facts | body, status, SAFE_HEADERS | (headers or {}), media_type=MEDIA_TYPE)


def invalid(faults: list[Refused], *, count: int | None = None) -> JSONResponse:
    """Return the response that lists `faults`; `count` is their number if there are more than these."""
    first = faults[0]
    errors = [{"code": each.code, "field": each.field, "detail": each.detail} for each in faults]
    told = type(first)(first.detail, field=first.field, errors=errors, error_count=count or len(faults))
    return answer(told)


_SAID_PLAINLY: dict[str, tuple[type[Refused], str]] = {
    "string_pattern_mismatch": (refusals.InvalidValue, "must be written like the example in /docs"),
    "uuid_parsing": (refusals.WrongType, "must be an id such as 6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11"),
}
"""Kinds of faults that pydantic tells in words for programmers → refusal and words for everybody."""


def too_large(detail: str = "") -> JSONResponse:
    security_events.note(refusals.BodyTooLarge.code)
    return answer(refusals.BodyTooLarge(detail))


def install(app: FastAPI) -> None:
    """Make every failure of `app` a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    security_events.note(error.code, request)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, refusals.Unauthenticated) else {}
    if isinstance(error, refusals.TooOften):
        headers["Retry-After"] = str(error.facts["retry_after"])
    return answer(error, headers)


def _unavailable(_: Request, error: Exception) -> Response:
    structlog.get_logger().warning("unavailable", reason=str(error))
    return answer(refusals.TryAgain(), {"Retry-After": RETRY_AFTER})


def _failed(_: Request, error: Exception) -> Response:
    reason = str(error) if isinstance(error, Broken) else log.where(error)
    structlog.get_logger().error("failed", error=reason)
    return answer(refusals.InternalError())


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request)) or headers.get("Allow", "another method")
        return answer(refusals.MethodNotAllowed(f"Use {allowed}."), {"Allow": allowed})
    if error.status_code == 413:
        return too_large()
    if error.status_code == 404:
        return answer(refusals.NotFound("Find the right address in /openapi.json."))
    return answer(refusals.NotJson(), headers)


def _methods_of(request: Request) -> list[str]:
    """Return all methods of the address, which may stand in several routes."""
    paths = request.app.openapi()["paths"]
    return sorted(
        method.upper()
        for path, operations in paths.items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
        for method in operations
    )


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    listed = [_fault(each) for each in errors[:MOST_FAULTS]]
    if isinstance(listed[0], refusals.Malformed):
        return answer(listed[0])
    return invalid(listed, count=len(errors))


def _fault(error: dict[str, Any]) -> Refused:
    """Return what pydantic's error says, without the value itself."""
    kind, place = error["type"], error["loc"]
    field = (".".join(str(part) for part in place[1:]) or str(place[0]))[:LONGEST_FIELD]
    words = f"{field}: {error['msg']}."
    if kind == "json_invalid":
        return refusals.NotJson(field="body")
    if kind == "missing" and field == "Idempotency-Key":
        return refusals.IdempotencyKeyMissing()
    if kind == "value_error" and str(place[-1]) == "email":
        return refusals.InvalidEmail(field=field)
    if kind == "phone":
        return refusals.InvalidPhone(words, field=field)
    if kind in _SAID_PLAINLY:
        refusal, said = _SAID_PLAINLY[kind]
        return refusal(f"{field}: {said}.", field=field)
    if kind == "missing":
        return refusals.MissingField(f"Add {field}.", field=field)
    if kind == "extra_forbidden":
        return refusals.UnknownField(f"Leave {field} out.", field=field)
    if kind.endswith(("_type", "_parsing")):
        return refusals.WrongType(words, field=field)
    return refusals.InvalidValue(words, field=field)
