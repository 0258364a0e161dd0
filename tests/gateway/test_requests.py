"""Requests as an app meets them."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.faults import people
from tests.gateway.conftest import Api
from tests.gateway.test_bad_input import problem


def decide(
    api: Api, person: people.Person, request: dict[str, Any], verb: str, version: Any
) -> httpx.Response:
    path = f"/v1/requests/{request['request_id']}/{verb}"
    return api.http.post(path, json={"version": version}, headers=person.headers)


def test_a_key_used_for_another_body_is_refused(api: Api) -> None:
    key, body = str(uuid4()), api.body()
    first = people.submit(api.http, api.patient, body, key)
    assert first.status_code == 201
    again = people.submit(api.http, api.patient, body | {"details": "changed"}, key)
    assert problem(again)["code"] == "idempotency_key_reused"


def test_two_patients_may_use_the_same_key(api: Api) -> None:
    key = str(uuid4())
    one = people.submit(api.http, api.patient, api.body(), key)
    other = people.submit(api.http, api.other_patient, api.body(), key)
    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json()["request_id"] != other.json()["request_id"]


@pytest.mark.parametrize("verb", ["confirm", "decline", "complete"])
def test_a_decision_of_the_professional_needs_her_role(api: Api, verb: str) -> None:
    found = problem(decide(api, api.patient, api.submitted(), verb, 1))
    assert (found["code"], found["role"]) == ("wrong_role", "patient")
    assert found["needed"] == "professional or clinic"
    assert "correct role account" in found["detail"]


def test_who_cancels_what_she_saw_pending_is_not_held_to_a_confirmation_a_moment_ago(api: Api) -> None:
    request = api.submitted()
    assert decide(api, api.professional, request, "confirm", 1).json()["version"] == 2
    cancelled = decide(api, api.patient, request, "cancel", 1).json()
    assert (cancelled["status"], cancelled["version"], cancelled["fee"]) == ("cancelled", 3, None)


def test_a_professional_says_on_whose_behalf_she_asks(api: Api) -> None:
    found = problem(people.submit(api.http, api.professional, api.body()))
    assert (found["code"], found["field"]) == ("missing_field", "patient_id")
    api.submitted()
    asked = people.submit(api.http, api.professional, api.body() | {"patient_id": api.patient.id})
    assert (asked.json()["status"], asked.json()["submitted_by"]) == ("confirmed", "professional")


@pytest.mark.parametrize("verb", ["confirm", "decline", "cancel", "complete"])
def test_other_people_see_and_decide_nothing(api: Api, verb: str) -> None:
    request = api.submitted()
    stranger = people.signed_in(api.http, "professional")
    assert problem(decide(api, stranger, request, verb, 1))["code"] == "not_yours"
    seen = api.http.get(f"/v1/requests/{request['request_id']}", headers=api.other_patient.headers)
    assert problem(seen)["code"] == "not_yours"
    assert api.patient.get(f"/v1/requests/{request['request_id']}") == request


def test_a_stale_version_is_refused_with_the_state_as_it_is(api: Api) -> None:
    request = api.submitted()
    assert decide(api, api.professional, request, "confirm", 1).json()["version"] == 2
    found = problem(decide(api, api.professional, request, "decline", 1))
    assert found["code"] == "stale_version"
    assert found["request"] == {"status": "confirmed", "version": 2}


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, None, 2**31, 10**30])
def test_a_version_is_a_number_from_one_on(api: Api, version: Any) -> None:
    found = problem(decide(api, api.professional, api.submitted(), "confirm", version))
    assert found["code"] in {"wrong_type", "invalid_value"}
    assert found["field"] == "version"


def test_what_is_over_stays_over(api: Api) -> None:
    request = api.submitted()
    assert decide(api, api.professional, request, "decline", 1).json()["status"] == "declined"
    for person, verb in ((api.professional, "confirm"), (api.patient, "cancel")):
        assert problem(decide(api, person, request, verb, 2))["code"] == "wrong_status"


def test_a_visit_is_complete_only_after_its_start(api: Api) -> None:
    request = api.submitted()
    decide(api, api.professional, request, "confirm", 1)
    assert problem(decide(api, api.professional, request, "complete", 2))["code"] == "too_early"


def test_both_find_the_request_in_their_lists(api: Api) -> None:
    request = api.submitted()
    for person in (api.patient, api.professional):
        listed = person.get("/v1/requests", status="pending", limit=100)["requests"]
        assert request in listed
    assert api.other_patient.get("/v1/requests", status="completed")["requests"] == []


def test_times_are_told_with_the_offset_of_the_place(api: Api) -> None:
    request = api.submitted()
    assert request["time_zone"] == "UTC"
    assert request["starts_at"].endswith(("Z", "+00:00"))
