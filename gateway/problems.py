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
    "not_json": (400, "The body is not JSON"),
    "not_http": (400, "This is not an HTTP request"),
    "idempotency_key_missing": (400, "The header Idempotency-Key is missing"),
    "not_signed_in": (401, "You are not signed in"),
    "wrong_credentials": (401, "The e-mail address or the password is wrong"),
    "session_ended": (401, "You are signed out on this device"),
    "code_needed": (401, "A code of your authenticator app is needed"),
    "wrong_role": (403, "You are signed in with another role"),
    "not_yours": (403, "This belongs to other people"),
    "not_allowed": (403, "Somebody else decides this"),
    "proof_needed": (403, "Prove that it is you first"),
    "account_closed": (403, "The account is closed"),
    "not_found": (404, "There is nothing at this address"),
    "unknown_account": (404, "There is no such account"),
    "unknown_dependent": (404, "There is no such dependent"),
    "unknown_clinic": (404, "There is no such clinic"),
    "unknown_member": (404, "There is no such member"),
    "unknown_ticket": (404, "There is no such message"),
    "unknown_professional": (404, "There is no such professional"),
    "unknown_service": (404, "There is no such service"),
    "unknown_location": (404, "There is no such location"),
    "unknown_request": (404, "There is no such request"),
    "unknown_proposal": (404, "There is no such proposal"),
    "unknown_follow_up": (404, "There is no such question"),
    "unknown_page": (404, "There is no such page"),
    "method_not_allowed": (405, "This address does not do that"),
    "too_slow": (408, "The request did not arrive in time"),
    "slot_taken": (409, "The time is taken"),
    "day_full": (409, "The day is full"),
    "booking_off": (409, "This is not booked online"),
    "existing_patients_only": (409, "This is for patients who were seen before"),
    "not_verified": (409, "Your address is not confirmed"),
    "other_address": (409, "The link was mailed to another address"),
    "already_joined": (409, "The visit belongs to an account"),
    "stale_version": (409, "It has changed since you looked"),
    "wrong_status": (409, "Its status does not allow this"),
    "request_expired": (409, "The request has expired"),
    "too_early": (409, "It is too early for this"),
    "too_late": (409, "It is too late for this"),
    "not_video": (409, "The visit is not by video"),
    "video_not_set_up": (409, "There is no video room"),
    "call_to_cancel": (409, "Please call to cancel"),
    "call_to_reschedule": (409, "Please call to reschedule"),
    "cancel_forbidden": (409, "It can no longer be cancelled online"),
    "reschedule_forbidden": (409, "It can no longer be moved online"),
    "reschedule_off": (409, "Visits are not moved online here"),
    "fee_not_accepted": (409, "This costs a fee"),
    "unstaffed": (409, "The professional has left the clinic"),
    "proposal_open": (409, "Another time is proposed already"),
    "proposal_closed": (409, "The proposal is closed"),
    "too_many_follow_ups": (409, "There are too many questions"),
    "too_many_open": (409, "You have too many open requests"),
    "too_many_invitations": (409, "Your clinic cannot invite more people now"),
    "too_many": (409, "There are too many"),
    "email_taken": (409, "The e-mail address has an account"),
    "invitation_accepted": (409, "The invitation was accepted"),
    "last_owner": (409, "A clinic needs an owner"),
    "already_on": (409, "It is on already"),
    "no_second_factor": (409, "The account has no second factor"),
    "already_answered": (409, "It has an answer"),
    "change_over": (410, "The change of address has ended"),
    "registration_over": (410, "The registration has ended"),
    "joined_account": (410, "The visit is in your account"),
    "dead_link": (410, "The link is not good any more"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "Send JSON"),
    "unknown_field": (422, "A field is not known"),
    "missing_field": (422, "A field is missing"),
    "wrong_type": (422, "A value has the wrong type"),
    "invalid_value": (422, "A value is out of bounds"),
    "bad_cursor": (422, "The cursor is not one of ours"),
    "idempotency_key_reused": (422, "The idempotency key was used for another body"),
    "weak_password": (422, "The password is too short"),
    "common_password": (422, "The password is easy to guess"),
    "wrong_password": (422, "This is not your password"),
    "wrong_code": (422, "The code is not right"),
    "bad_passkey": (422, "The passkey could not be verified"),
    "role_needed": (422, "You have several roles"),
    "invalid_phone": (422, "This is no telephone number"),
    "invalid_email": (422, "This is no e-mail address"),
    "unknown_time_zone": (422, "There is no such time zone"),
    "unknown_region": (422, "The holidays of this region are not known"),
    "invalid_days": (422, "The days are not possible"),
    "fee_missing": (422, "The fee and what it is for do not match"),
    "two_currencies": (422, "The fees are in two currencies"),
    "too_many_joiners": (422, "So many cannot come along"),
    "invalid_hours": (422, "The hours are not possible"),
    "overlapping_hours": (422, "The hours overlap"),
    "in_the_past": (422, "The time is past"),
    "too_soon": (422, "The time is too near"),
    "too_far_ahead": (422, "The time is too far ahead"),
    "outside_hours": (422, "The professional cannot be seen then"),
    "not_a_slot": (422, "No slot starts then"),
    "same_address": (422, "This is already your address"),
    "same_time": (422, "The visit is at that time already"),
    "too_many_attempts": (429, "That was too often"),
    "too_many_today": (429, "You have asked for many visits today"),
    "given_up_just_now": (429, "You have just given up this time"),
    "headers_too_large": (431, "The headers are too large"),
    "internal_error": (500, "Something went wrong on our side"),
    "try_again": (503, "It cannot be done right now"),
    "not_ready": (503, "Not everything is up"),
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
    "string_pattern_mismatch": ("invalid_value", "it is not written like the example in /docs"),
    "uuid_parsing": ("wrong_type", "give an id, such as 6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11"),
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
    detail = "Nothing is lost: send the same request again in a moment, under the same key."
    return answer("try_again", detail, headers={"Retry-After": RETRY_AFTER})


def _failed(_: Request, error: Exception) -> Response:
    reason = str(error) if isinstance(error, Broken) else log.where(error)
    structlog.get_logger().error("failed", error=reason)
    return answer("internal_error", "It was not your fault, and it has been noted.")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request)) or headers.get("Allow", "another method")
        return answer("method_not_allowed", f"Use {allowed}.", headers={"Allow": allowed})
    if error.status_code == 413:
        return too_large()
    if error.status_code == 404:
        return answer("not_found", "Look the address up in /openapi.json.")
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
        detail = "Send a fresh random key with each new body, and the same one when you repeat it."
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
