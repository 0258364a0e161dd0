"""Describes problems in OpenAPI: one shape, one response for each status, and one example for each code."""

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from gateway.problems import MEDIA_TYPE, PROBLEMS, InputError
from shared.contracts.accounts.values import Contact
from shared.contracts.base import Money
from shared.contracts.requests.slots import Slot
from shared.contracts.requests.values import ProposalState, Status


class Standing(BaseModel):
    status: Status
    version: int


class ProposalStanding(BaseModel):
    state: ProposalState


class Numbers(Contact):
    name: str


_CODES = {
    "type": "string",
    "enum": sorted(PROBLEMS),
    "description": "Names a problem for programs. Treat a code that you don't know by its status.",
}


class Problem(BaseModel):
    """RFC 9457 problem details. Programs read `code`; people read `title` and `detail`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/slot_taken"])
    title: str
    status: int
    code: str
    detail: str = Field(description="What was wrong, and what to do about it.")
    field: str | None = Field(None, description="The input at fault.")
    errors: list[InputError] | None = Field(None, description="The first 20 faults of the input.")
    error_count: int | None = Field(None, description="With `errors`: how many faults there are in all.")
    next_free: list[Slot] | None = Field(None, description="With `slot_taken`: the next free times.")
    version: int | None = Field(None, description="With `stale_version`: the version as it is.")
    retry_after: int | None = Field(None, description="With `too_many_attempts`: seconds.")
    at_least: int | None = Field(None, description="With `weak_password`: characters.")
    role: str | None = Field(None, description="With `wrong_role`: what you are.")
    needed: str | None = Field(None, description="With `wrong_role`: what it takes.")
    roles: list[str] | None = Field(None, description="With `role_needed`: those you have.")
    prove_with: list[str] | None = Field(None, description="With `proof_needed`: what you can prove it with.")
    erases_at: str | None = Field(None, description="With `account_closed`: when it will be erased.")
    opens_at: str | None = Field(None, description="With `too_early` of a video: when it can be joined.")
    call: list[Numbers] | None = Field(None, description="With `call_to_…`: whom to call, as far as known.")
    professional_id: str | None = Field(None, description="With `call_to_…`: whose visit it is.")
    fee: Money | None = Field(None, description="With `fee_not_accepted`: what it costs now.")
    sent_to: str | None = Field(
        None, description="With `other_address` of an invitation: where it was sent, in part."
    )
    most: int | None = Field(None, description="With `too_many_joiners`: how many may come along.")
    proposal: ProposalStanding | None = Field(None, description="With `proposal_closed`: how it stands.")
    request: Standing | None = Field(None, description="With conflicts: the request as it stands.")


_OF_BODIES = ("not_json", "body_too_large", "unsupported_media_type")
_ALWAYS_POSSIBLE = (
    "unknown_field",
    "missing_field",
    "wrong_type",
    "invalid_value",
    "internal_error",
    "try_again",
)


def documented(*codes: str, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` for a route that may answer with these problems, and with those that any route may.

    `body` is True if it takes one. Where a token is needed, that of a guest's link may be the wrong one.
    """
    by_status: dict[int | str, dict[str, Any]] = {}
    of_tokens = ("wrong_role",) if "not_signed_in" in codes else ()
    for code in dict.fromkeys((*codes, *of_tokens, *(_OF_BODIES if body else ()), *_ALWAYS_POSSIBLE)):
        status = PROBLEMS[code][0]
        entry = by_status.setdefault(status, {"$ref": _REF + _name_of(status), "description": ""})
        entry["description"] += f"{', ' if entry['description'] else ''}`{code}`"
    return by_status


_REF = "#/components/responses/"


def _name_of(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _responses() -> dict[str, dict[str, Any]]:
    """Return one response for each status, with an example of each code."""
    found: dict[str, dict[str, Any]] = {}
    for code, (status, title) in PROBLEMS.items():
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}
        new = {"description": f"{HTTPStatus(status).phrase}: see `code`.", "content": content}
        if status in (429, 503):
            new["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        entry = found.setdefault(_name_of(status), new)
        entry["content"][MEDIA_TYPE]["examples"][code] = {"summary": title, "value": _example(code)}
    return found


def _example(code: str) -> dict[str, Any]:
    status, title = PROBLEMS[code]
    core = {"type": f"/problems/{code}", "title": title, "status": status, "code": code}
    return {**core, "detail": f"{title}: what was wrong this time, and what to do.", **_FACTS.get(code, {})}


_FREE = {
    "starts_at": "2027-03-01T09:30:00+01:00",
    "ends_at": "2027-03-01T10:00:00+01:00",
    "location_id": "6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11",
    "time_zone": "Europe/Rome",
}
_CALL = {
    "professional_id": "7d9f3a52-2b5e-4f0c-9d3e-0c1b5a7e4f10",
    "call": [{"name": "Studio Trastevere", "phone": "+390669820001"}],
}
_STANDING = {"request": {"status": "confirmed", "version": 2}}
_FACTS: dict[str, dict[str, Any]] = {
    "slot_taken": {"field": "starts_at", "next_free": [_FREE]},
    "stale_version": {"field": "version", **_STANDING},
    "wrong_status": _STANDING,
    "request_expired": {"request": {"status": "pending", "version": 1}},
    "too_late": _STANDING,
    "proposal_open": _STANDING,
    "proposal_closed": {"proposal": {"state": "withdrawn"}, **_STANDING},
    "call_to_cancel": _CALL,
    "call_to_reschedule": _CALL,
    "fee_not_accepted": {"field": "accept_fee", "fee": {"amount_minor": 2500, "currency": "EUR"}},
    "too_many_joiners": {"field": "joiners", "most": 1},
    "wrong_role": {"role": "patient", "needed": "professional"},
    "role_needed": {"field": "role", "roles": ["patient", "professional"]},
    "account_closed": {"erases_at": "2027-03-08T09:00:00Z"},
    "too_many_attempts": {"retry_after": 42},
    "joined_account": {"sign_in": "/v1/sessions"},
    "too_many": {"what": "dependents", "most": 20},
    "too_many_invitations": {"per": "open", "limit": 5},
    "too_many_open": {"per": "professional", "limit": 6},
    "too_many_today": {
        "per": "patient",
        "limit": 30,
        "again_at": "2027-03-01T09:00:00+00:00",
        "retry_after": 4200,
    },
    "given_up_just_now": {
        "field": "starts_at",
        "again_at": "2027-03-01T09:00:00+00:00",
        "retry_after": 600,
    },
    "weak_password": {"field": "password", "at_least": 15},
}


def describe(app: FastAPI) -> None:
    """Add the shape of a problem to the description of `app`."""
    generated = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        description = generated()
        shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = shape.pop("$defs")
        for each in (shape, parts["InputError"]):
            each["properties"]["code"] = {"$ref": "#/components/schemas/ProblemCode"}
        description["components"]["schemas"] |= parts | {"Problem": shape, "ProblemCode": _CODES}
        used = {
            response["$ref"].removeprefix(_REF)
            for operations in description["paths"].values()
            for operation in operations.values()
            for response in operation["responses"].values()
            if "$ref" in response
        }
        shared = _responses()
        description["components"]["responses"] = {name: shared[name] for name in sorted(used)}
        return description

    app.openapi = openapi  # type: ignore[method-assign]
