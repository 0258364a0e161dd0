"""The refusals that the gateway itself answers with, and the HTTP status of every kind of refusal."""

import shared.contracts.accounts.refusals
import shared.contracts.requests.refusals  # noqa: F401 (so that REFUSALS has the refusals of all services)
from shared.contracts.refusals import *  # noqa: F403
from shared.contracts.refusals import (
    REFUSALS,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    Refused,
    TooOften,
    Unauthenticated,
    Unknown,
)

LARGEST_BODY = 256 * 1024  # bytes


class NotJson(Malformed, title="The body is not valid JSON"):
    detail = "Send the body as JSON in UTF-8."


class NotHttp(Malformed, title="This is not an HTTP request"): ...


class IdempotencyKeyMissing(
    Malformed, title="The Idempotency-Key header is missing", field="Idempotency-Key"
):
    detail = "Send a new random key with each new body, and the same key when you repeat a body."


class NotSignedIn(Unauthenticated, title="You are not signed in"): ...


class NotFound(Unknown, title="Nothing found at this address"): ...


class UnknownPage(Unknown, title="Page not found"):
    detail = "Choose a page from the list."


class MethodNotAllowed(Refused, title="Method not allowed at this address"): ...


class TooSlow(Refused, title="The request took too long to arrive"):
    detail = "Send the whole request at once, or use a better connection."


class BodyTooLarge(Refused, title="The body is too large"):
    detail = f"Send at most {LARGEST_BODY // 1024} kB."


class UnsupportedMediaType(Refused, title="The body must be JSON"):
    detail = "Send JSON, with the header Content-Type: application/json."


class UnknownField(Invalid, title="Unknown field"): ...


class WrongType(Invalid, title="Wrong type of value"): ...


class InvalidPhone(Invalid, title="Invalid telephone number"): ...


class InvalidEmail(Invalid, title="Invalid e-mail address"):
    detail = (
        "Give one e-mail address by itself, such as anna@example.org: no name, plain letters before "
        "the @, and a domain that can receive mail."
    )


class HeadersTooLarge(Refused, title="The headers are too large"): ...


class InternalError(Refused, title="Something went wrong on our side"):
    detail = "This is our fault, and we have logged it."


class TryAgain(Refused, title="Try again in a moment"):
    detail = "Nothing is lost. Send the same request again in a moment, with the same key."


class NotReady(Refused, title="The service is not ready"): ...


STATUSES: dict[type[Refused], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    Unknown: 404,
    MethodNotAllowed: 405,
    TooSlow: 408,
    Conflict: 409,
    Gone: 410,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    Invalid: 422,
    TooOften: 429,
    HeadersTooLarge: 431,
    InternalError: 500,
    TryAgain: 503,
    NotReady: 503,
}
"""kind of refusals → HTTP status."""


def status_of(refusal: type[Refused]) -> int:
    return next(STATUSES[each] for each in refusal.__mro__ if each in STATUSES)


PROBLEMS = {code: (status_of(each), each.title) for code, each in REFUSALS.items()}
"""code → HTTP status and title."""
