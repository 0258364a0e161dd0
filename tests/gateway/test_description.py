"""The description of the API is true."""

import copy
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy import contracts
from gateway.app import create_app
from gateway.problems import MEDIA_TYPE, PROBLEMS
from tests.gateway.conftest import Api
from tests.gateway.scripted import ScriptedBus

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NOT_FOR_HER = {"not_signed_in", "wrong_role"}
PAGE_AUDIENCE = ("everybody", "patient", "professional", "clinic")
"""The one list of words that belongs to pages alone, and has no name in contracts."""
DESCRIPTION = contracts.openapi()
OPERATIONS = [each for path in DESCRIPTION["paths"].values() for each in path.values()]
schema = schemathesis.openapi.from_dict(copy.deepcopy(DESCRIPTION))


def test_it_is_served_as_openapi_3_1(api: Api) -> None:
    served = api.http.get("/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert served == DESCRIPTION


def test_threads_that_ask_at_once_wait_for_one_description(monkeypatch: pytest.MonkeyPatch) -> None:
    made, generate = [], FastAPI.openapi

    def slowly(app: FastAPI) -> dict[str, Any]:
        made.append(app)
        time.sleep(0.2)
        return generate(app)

    monkeypatch.setattr(FastAPI, "openapi", slowly)
    app = create_app(ScriptedBus())
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(lambda _: app.openapi(), range(4))
    assert all(each is first for each in others)
    assert made == [app]


def test_every_operation_has_a_name_and_a_summary_of_its_own() -> None:
    for key in ("operationId", "summary"):
        assert len({each[key] for each in OPERATIONS}) == len(OPERATIONS)
    for each in OPERATIONS:
        assert re.fullmatch("[a-z]+(_[a-z]+)+", each["operationId"]), "name it by a verb and a noun"


def test_the_name_of_a_model_speaks_by_itself() -> None:
    one_word = {"Health", "Money", "Place", "Problem", "Profile", "Relationship", "Role", "Slot", "Specialty"}
    for name in DESCRIPTION["components"]["schemas"].keys() - one_word - {"Weekday"}:
        assert re.fullmatch("[A-Z][a-z]+([A-Z][a-z]*)+(?<!Input)(?<!Output)", name), name


def test_an_enum_that_stands_in_several_places_has_a_name() -> None:
    enums: Counter[tuple[str, ...]] = Counter()

    def count(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("enum"), list):
                enums[tuple(part["enum"])] += 1
            part = list(part.values())
        if isinstance(part, list):
            for each in part:
                count(each)

    count(DESCRIPTION)
    assert [each for each, times in enums.items() if times > 1] == [PAGE_AUDIENCE]


def test_every_field_and_parameter_is_described() -> None:
    parts = {
        f"{name}.{field}": part
        for name, schema in DESCRIPTION["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
    }
    for each in OPERATIONS:
        parts |= {f"{each['operationId']}.{part['name']}": part for part in each.get("parameters", ())}
    assert [name for name, part in parts.items() if not part.get("description")] == []
    dictionary = json.loads(Path("gateway/dictionary.json").read_text())
    fields = {name.partition(".")[2] for name in parts} | parts.keys()
    assert dictionary["fields"].keys() <= fields, "the dictionary describes what is not there"
    assert dictionary["operations"].keys() <= {each["operationId"] for each in OPERATIONS}


def test_every_body_and_success_has_an_example_that_fits_its_schema() -> None:
    for each in OPERATIONS:
        answers = [answer for status, answer in each["responses"].items() if status.startswith("2")]
        for part in (each.get("requestBody", {}), *answers):
            for content in part.get("content", {}).values():
                schema = {**content["schema"], "components": DESCRIPTION["components"]}
                (example,) = content["examples"].values()
                value = DESCRIPTION["components"]["examples"][example["$ref"].rpartition("/")[2]]["value"]
                assert value is not None
                jsonschema_rs.validate(schema, value, validate_formats=True)


def test_every_tag_is_explained_and_the_description_stays_small() -> None:
    explained = {each["name"] for each in DESCRIPTION["tags"] if each["description"].endswith(".")}
    assert {tag for each in OPERATIONS for tag in each["tags"]} == explained
    assert all("security" in each for each in OPERATIONS)
    assert len(json.dumps(DESCRIPTION, separators=(",", ":"), ensure_ascii=False).encode()) <= 400_000


def test_the_docs_page_needs_nothing_from_elsewhere(api: Api) -> None:
    page = api.http.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    for script in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert script in page.text
        assert api.http.get(f"/static-offline-docs/{script}").status_code == 200


def test_health(api: Api) -> None:
    assert api.http.get("/health/live").json()["status"] == "live"
    assert api.http.get("/health/ready").json() == {
        "status": "ready",
        "services": {"accounts": True, "notify": True, "requests": True},
        "warnings": [],
    }


def test_the_type_of_a_problem_leads_to_what_it_means(api: Api) -> None:
    problem = api.http.get("/v1/me").json()
    assert api.http.get(problem["type"]).json() == {
        "code": "not_signed_in",
        "title": problem["title"],
        "status": 401,
    }
    assert api.http.get("/problems/of-nobody").json()["code"] == "not_found"


def test_every_problem_that_is_documented_has_an_example_and_its_own_status() -> None:
    shared = DESCRIPTION["components"]["responses"]
    for path, operations in DESCRIPTION["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if not status.startswith("2"):
                    examples = shared[response["$ref"].rpartition("/")[2]]["content"][MEDIA_TYPE]["examples"]
                    codes = re.findall(r"`(\w+)`", response["description"])
                    assert codes, path
                    for code in codes:
                        assert examples[code]["value"]["code"] == code
                        assert str(PROBLEMS[code][0]) == status


def _test_of(method: str, path: str) -> Callable[..., None]:
    """Every call to an operation, in any role, is answered as described.

    A caller who was refused for their role does not try each body again.
    """
    turned_away: set[str] = set()

    def answered_as_described(case: schemathesis.Case, api: Api) -> None:
        needs_nobody = not case.operation.definition.raw["security"]
        everybody = {"nobody": {}} if needs_nobody else api.everybody
        for role in everybody.keys() - turned_away:
            response = case.call(base_url=api.suite.url, headers=everybody[role])
            case.validate_response(response, checks=CHECKS)
            if response.status_code in (401, 403) and response.json()["code"] in NOT_FOR_HER:
                turned_away.add(role)
        if (case.method, case.path) == ("DELETE", "/v1/sessions"):
            for person in (api.patient, api.professional, api.front_desk, api.support):
                person.sign_in(role=person.role)

    few = settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    test: Callable[..., None] = schema.include(method=method, path=path).parametrize()(
        few(answered_as_described)
    )
    return test


# each has a name of its own: pytest-xdist would play only one of those that share theirs
for _path, _operations in DESCRIPTION["paths"].items():
    for _method in _operations:
        globals()[f"test_described {_method.upper()} {_path}"] = _test_of(_method.upper(), _path)


def test_each_role_was_let_in_to_the_end(api: Api) -> None:
    """Else what is above has only seen how the API turns people away."""
    for role, headers in api.everybody.items():
        assert api.http.get("/v1/me", headers=headers).status_code == (401 if role == "nobody" else 200)


@pytest.mark.parametrize("path", ["/health/live", "/v1/professionals"])
def test_head_and_options_do_no_harm(api: Api, path: str) -> None:
    for method in ("HEAD", "OPTIONS", "TRACE"):
        answer: httpx.Response = api.http.request(method, path)
        assert answer.status_code < 500
