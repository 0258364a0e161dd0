"""Describes problems in OpenAPI: one shape, one response for each status, one example for each code.

The facts and words come from the classes of refusals; the refusals of an operation from its commands.
"""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from gateway.problems import MEDIA_TYPE, InputError, refusals
from shared.contracts.accounts.values import ContactCard
from shared.contracts.base import Command
from shared.contracts.refusals import REFUSALS, Fact, Refused
from shared.contracts.requests.refusals import PleaseCall

_SCHEMAS = "#/components/schemas/{model}"
_RESPONSES = "#/components/responses/"


class Problem(BaseModel):
    """RFC 9457 problem details. Programs read `code`; people read `title` and `detail`."""

    type: str = Field(examples=["/problems/slot_taken"])
    title: str
    status: int
    code: str
    detail: str = Field(description="What was wrong, and what to do about it.")
    field: str | None = Field(None, description="The input at fault.")
    errors: list[InputError] | None = Field(None, description="The first 20 faults of the input.")
    error_count: int | None = Field(None, description="With `errors`: how many faults there are in all.")


class NamedContact(ContactCard):
    """A name, and its telephone numbers."""

    name: str


_CALL = Fact(
    "call",
    list[NamedContact],
    "Whom to call, as far as known.",
    [{"name": "Studio Trastevere", "phone": "+390669820001"}],
)
"""The gateway adds this to `PleaseCall`: the service knows no telephone numbers."""
_OF_BODIES = (refusals.NotJson, refusals.BodyTooLarge, refusals.UnsupportedMediaType)
_OF_CALLERS = (refusals.NotSignedIn, refusals.WrongRole)
_ALWAYS_POSSIBLE = (
    refusals.UnknownField,
    refusals.MissingField,
    refusals.WrongType,
    refusals.InvalidValue,
    refusals.InternalError,
    refusals.TryAgain,
)


def documented(*answers: type[Command[Any]] | type[Refused]) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` for a route that hands on these commands, or refuses so itself.

    What follows from the route, such as `not_signed_in`, and what any route may answer need not be named.
    """
    responses = dict[int | str, dict[str, Any]]()
    for each in answers:
        codes = each.refuses.split() if issubclass(each, Command) else [each.code]
        _add(responses, *(REFUSALS[code] for code in codes))
    _add(responses, *_ALWAYS_POSSIBLE)
    return responses


def _add(responses: dict[Any, Any], *more: type[Refused]) -> None:
    for refusal in more:
        status = refusals.status_of(refusal)
        entry = responses.setdefault(str(status), {"$ref": _RESPONSES + _name_of(status), "description": ""})
        code = f"`{refusal.code}`"
        if code not in entry["description"].split(", "):
            entry["description"] += f"{', ' if entry['description'] else ''}{code}"


def _add_implied(operation: dict[str, Any]) -> None:
    """Add the problems that follow from what `operation` takes."""
    responses = operation["responses"]
    if not any(each.get("$ref", "").startswith(_RESPONSES) for each in responses.values()):
        return  # a route that documents no problems
    if operation.get("security"):
        _add(responses, *_OF_CALLERS)
    if operation.get("requestBody"):
        _add(responses, *_OF_BODIES)
    if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", [])):
        _add(responses, refusals.IdempotencyKeyMissing)


def _name_of(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _responses() -> dict[str, dict[str, Any]]:
    """Return one response for each status, with an example of each code."""
    found: dict[str, dict[str, Any]] = {}
    for code, refusal in REFUSALS.items():
        status = refusals.status_of(refusal)
        content = {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS.format(model="Problem")}, "examples": {}}}
        new = {"description": f"{HTTPStatus(status).phrase}: see `code`.", "content": content}
        if status in (429, 503):
            new["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        entry = found.setdefault(_name_of(status), new)
        example = {"summary": refusal.title, "value": _example(refusal)}
        entry["content"][MEDIA_TYPE]["examples"][code] = example
    return found


def _example(refusal: type[Refused]) -> dict[str, Any]:
    detail = refusal.detail or f"{refusal.title}: what was wrong this time, and what to do."
    field = {"field": refusal.field} if refusal.field else {}
    core = {"type": f"/problems/{refusal.code}", "title": refusal.title, "code": refusal.code}
    facts = {each.name: each.example for each in _facts_of(refusal)}
    return {**core, "status": refusals.status_of(refusal), "detail": detail, **field, **facts}


def _facts_of(refusal: type[Refused]) -> list[Fact]:
    told = [each for kind in refusal.__mro__ for each in vars(kind).get("tells", ())]
    return [*told, _CALL] if issubclass(refusal, PleaseCall) else told


def _shape() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a problem with the facts of all refusals, and the schemas that it refers to."""
    shape = Problem.model_json_schema(ref_template=_SCHEMAS)
    parts = shape.pop("$defs")
    told: dict[str, dict[str, list[str]]] = {}
    for refusal in REFUSALS.values():
        for fact in _facts_of(refusal):
            if fact.name not in told:
                several = TypeAdapter(list[fact.shape]).json_schema(ref_template=_SCHEMAS)  # type: ignore[name-defined]
                parts |= several.pop("$defs", {})
                shape["properties"][fact.name] = several["items"]
            told.setdefault(fact.name, {}).setdefault(fact.meaning, []).append(f"`{refusal.code}`")
    for name, meanings in told.items():
        words = "; ".join(f"with {', '.join(codes)}: {meaning}" for meaning, codes in meanings.items())
        shape["properties"][name]["description"] = words[0].upper() + words[1:]
    for each in (shape, parts["InputError"]):
        each["properties"]["code"] = {"$ref": _SCHEMAS.format(model="ProblemCode")}
    return shape, parts


def describe(description: dict[str, Any]) -> dict[str, Any]:
    """Add to an API description the shape of a problem, and the problems implied by each operation."""
    shape, parts = _shape()
    codes = {
        "type": "string",
        "enum": sorted(REFUSALS),
        "description": "Names a problem for programs. Treat a code that you don't know by its status.",
    }
    description["components"]["schemas"] |= parts | {"Problem": shape, "ProblemCode": codes}
    operations = [each for path in description["paths"].values() for each in path.values()]
    for operation in operations:
        _add_implied(operation)
    used = {
        response["$ref"].removeprefix(_RESPONSES)
        for operation in operations
        for response in operation["responses"].values()
        if "$ref" in response
    }
    shared = _responses()
    description["components"]["responses"] = {name: shared[name] for name in sorted(used)}
    return description
