"""Every way to say no, as RFC 9457 problem details with a stable `code`.

A refusal of a service carries only its code and its words; what it means in HTTP stands here.
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
from shared import log
from shared.errors import Broken, Refused, Unavailable

RETRY_AFTER = "2"  # seconds
LARGEST_BODY = 256 * 1024  # bytes
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

PROBLEMS: dict[str, tuple[int, str]] = {
    "not_json": (400, "The body is not valid JSON"),
    "not_http": (400, "This is not an HTTP request"),
    "idempotency_key_missing": (400, "The Idempotency-Key header is missing"),
    "not_signed_in": (401, "You are not signed in"),
    "wrong_credentials": (401, "Wrong e-mail address or password"),
    "session_ended": (401, "You are signed out on this device"),
    "code_needed": (401, "A code from your authenticator app is needed"),
    "wrong_role": (403, "You are signed in with the wrong role"),
    "not_yours": (403, "You don't have access to this"),
    "not_allowed": (403, "You are not allowed to do this"),
    "proof_needed": (403, "Confirm that it's you first"),
    "account_closed": (403, "This account is closed"),
    "not_found": (404, "Nothing found at this address"),
    "unknown_account": (404, "Account not found"),
    "unknown_dependent": (404, "Dependent not found"),
    "unknown_clinic": (404, "Clinic not found"),
    "unknown_member": (404, "Member not found"),
    "unknown_ticket": (404, "Message not found"),
    "unknown_professional": (404, "Professional not found"),
    "unknown_service": (404, "Service not found"),
    "unknown_location": (404, "Location not found"),
    "unknown_request": (404, "Request not found"),
    "unknown_proposal": (404, "Proposal not found"),
    "unknown_follow_up": (404, "Question not found"),
    "unknown_page": (404, "Page not found"),
    "method_not_allowed": (405, "Method not allowed at this address"),
    "too_slow": (408, "The request took too long to arrive"),
    "slot_taken": (409, "This time is taken"),
    "day_full": (409, "This day is full"),
    "booking_off": (409, "This service can't be booked online"),
    "existing_patients_only": (409, "This service is for existing patients only"),
    "not_verified": (409, "Your e-mail address is not confirmed"),
    "other_address": (409, "This link was sent to another address"),
    "already_joined": (409, "This visit already belongs to an account"),
    "stale_version": (409, "This has changed since you loaded it"),
    "wrong_status": (409, "The status doesn't allow this"),
    "request_expired": (409, "This request has expired"),
    "too_early": (409, "It's too early for this"),
    "too_late": (409, "It's too late for this"),
    "not_video": (409, "This visit is not by video"),
    "video_not_set_up": (409, "No video call is set up"),
    "call_to_cancel": (409, "Please call to cancel"),
    "call_to_reschedule": (409, "Please call to reschedule"),
    "cancel_forbidden": (409, "This visit can no longer be cancelled online"),
    "reschedule_forbidden": (409, "This visit can no longer be rescheduled online"),
    "reschedule_off": (409, "This practice doesn't reschedule visits online"),
    "fee_not_accepted": (409, "You have to accept a fee"),
    "unstaffed": (409, "The professional has left the clinic"),
    "proposal_open": (409, "Another time has already been proposed"),
    "proposal_closed": (409, "This proposal is closed"),
    "too_many_follow_ups": (409, "Too many questions"),
    "too_many_open": (409, "Too many open requests"),
    "too_many_invitations": (409, "Your clinic can't send more invitations now"),
    "too_many": (409, "Limit reached"),
    "email_taken": (409, "This e-mail address already has an account"),
    "invitation_accepted": (409, "This invitation has been accepted"),
    "last_owner": (409, "A clinic needs an owner"),
    "already_on": (409, "This is already turned on"),
    "no_second_factor": (409, "This account has no second factor"),
    "already_answered": (409, "This has already been answered"),
    "change_over": (410, "This address change has ended"),
    "registration_over": (410, "This registration has ended"),
    "joined_account": (410, "This visit is in your account now"),
    "dead_link": (410, "This link no longer works"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body must be JSON"),
    "unknown_field": (422, "Unknown field"),
    "missing_field": (422, "Missing field"),
    "wrong_type": (422, "Wrong type of value"),
    "invalid_value": (422, "Invalid value"),
    "bad_cursor": (422, "Invalid cursor"),
    "idempotency_key_reused": (422, "This idempotency key was used for another body"),
    "weak_password": (422, "The password is too short"),
    "common_password": (422, "The password is too easy to guess"),
    "wrong_password": (422, "Wrong password"),
    "wrong_code": (422, "Wrong code"),
    "bad_passkey": (422, "The passkey could not be verified"),
    "role_needed": (422, "Choose a role"),
    "invalid_phone": (422, "Invalid telephone number"),
    "invalid_email": (422, "Invalid e-mail address"),
    "unknown_time_zone": (422, "Unknown time zone"),
    "unknown_region": (422, "No holidays are known for this region"),
    "invalid_days": (422, "Invalid days"),
    "fee_missing": (422, "The fee is missing or not allowed here"),
    "two_currencies": (422, "All fees must have the same currency"),
    "too_many_joiners": (422, "Too many companions"),
    "invalid_hours": (422, "Invalid hours"),
    "overlapping_hours": (422, "Hours overlap"),
    "in_the_past": (422, "This time is in the past"),
    "too_soon": (422, "This time is too soon"),
    "too_far_ahead": (422, "This time is too far ahead"),
    "outside_hours": (422, "This time is outside the professional's hours"),
    "not_a_slot": (422, "No slot starts at this time"),
    "same_address": (422, "This is already your address"),
    "same_time": (422, "The visit is already at this time"),
    "too_many_attempts": (429, "Too many attempts"),
    "too_many_today": (429, "Too many requests today"),
    "given_up_just_now": (429, "You gave up this time recently"),
    "headers_too_large": (431, "The headers are too large"),
    "internal_error": (500, "Something went wrong on our side"),
    "try_again": (503, "Try again in a moment"),
    "not_ready": (503, "The service is not ready"),
}
"""code → HTTP status and title."""


class InputError(BaseModel):
    code: str
    field: str
    detail: str


def answer(
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    field: str | None = None,
    **facts: Any,
) -> JSONResponse:
    """The response for `code`; `facts` are JSON values added to it."""
    status, title = PROBLEMS[code]
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code}
    body["detail"] = detail
    if field:
        body["field"] = field
    return JSONResponse(facts | body, status, SAFE_HEADERS | (headers or {}), media_type=MEDIA_TYPE)


def invalid(faults: list[InputError], *, count: int | None = None) -> JSONResponse:
    """Return the response that lists `faults`; `count` is their number if there are more than these."""
    first = faults[0]
    return answer(
        first.code,
        first.detail,
        field=first.field,
        errors=[each.model_dump() for each in faults],
        error_count=count or len(faults),
    )


_SAID_PLAINLY = {
    "string_pattern_mismatch": ("invalid_value", "must be written like the example in /docs"),
    "uuid_parsing": ("wrong_type", "must be an id such as 6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11"),
}
"""Kinds of faults that pydantic tells in words for programmers → code and words for everybody."""


def too_large(detail: str = f"Send at most {LARGEST_BODY // 1024} kB.") -> JSONResponse:
    security_events.note("body_too_large")
    return answer("body_too_large", detail)


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
    status = PROBLEMS[error.code][0]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status == 429:
        headers["Retry-After"] = str(error.facts["retry_after"])
    return answer(error.code, error.detail, headers=headers, field=error.field, **error.facts)


def _unavailable(_: Request, error: Exception) -> Response:
    structlog.get_logger().warning("unavailable", reason=str(error))
    detail = "Nothing is lost. Send the same request again in a moment, with the same key."
    return answer("try_again", detail, headers={"Retry-After": RETRY_AFTER})


def _failed(_: Request, error: Exception) -> Response:
    reason = str(error) if isinstance(error, Broken) else log.where(error)
    structlog.get_logger().error("failed", error=reason)
    return answer("internal_error", "This is our fault, and we have logged it.")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request)) or headers.get("Allow", "another method")
        return answer("method_not_allowed", f"Use {allowed}.", headers={"Allow": allowed})
    if error.status_code == 413:
        return too_large()
    if error.status_code == 404:
        return answer("not_found", "Find the right address in /openapi.json.")
    return answer("not_json", "Send the body as JSON in UTF-8.", headers=headers)


def _methods_of(request: Request) -> list[str]:
    """All methods of the address, which may stand in several routes."""
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
    listed = [_input_error(each) for each in errors[:MOST_FAULTS]]
    first = listed[0]
    if PROBLEMS[first.code][0] == 400:
        return answer(first.code, first.detail, field=first.field)
    return invalid(listed, count=len(errors))


def _input_error(error: dict[str, Any]) -> InputError:
    """From pydantic's error, without the value itself."""
    kind, place = error["type"], error["loc"]
    field = (".".join(str(part) for part in place[1:]) or str(place[0]))[:LONGEST_FIELD]
    if kind == "json_invalid":
        return InputError(code="not_json", field="body", detail="Send the body as JSON in UTF-8.")
    if kind == "missing" and field == "Idempotency-Key":
        detail = "Send a new random key with each new body, and the same key when you repeat a body."
        return InputError(code="idempotency_key_missing", field=field, detail=detail)
    if kind == "value_error" and str(place[-1]) == "email":
        detail = (
            "Give one e-mail address by itself, such as anna@example.org: no name, plain letters before "
            "the @, and a domain that can receive mail."
        )
        return InputError(code="invalid_email", field=field, detail=detail)
    if kind == "phone":
        return InputError(code="invalid_phone", field=field, detail=f"{field}: {error['msg']}.")
    if kind in _SAID_PLAINLY:
        return InputError(
            code=_SAID_PLAINLY[kind][0], field=field, detail=f"{field}: {_SAID_PLAINLY[kind][1]}."
        )
    if kind == "missing":
        return InputError(code="missing_field", field=field, detail=f"Add {field}.")
    if kind == "extra_forbidden":
        return InputError(code="unknown_field", field=field, detail=f"Leave {field} out.")
    code = "wrong_type" if kind.endswith(("_type", "_parsing")) else "invalid_value"
    return InputError(code=code, field=field, detail=f"{field}: {error['msg']}.")
