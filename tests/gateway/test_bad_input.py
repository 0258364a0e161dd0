"""Whatever is sent, the answer says what was wrong with it, and nothing is half done."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from gateway.problems import PROBLEMS
from shared.contracts.base import COMMANDS
from shared.contracts.refusals import REFUSALS
from tests.faults import people
from tests.gateway.conftest import Api

NOBODY = "7d9f3a52-2b5e-4f0c-9d3e-0c1b5a7e4f10"
"""The id of nothing and nobody; the same in every process that collects the tests."""

ROME = {"address": "Via Roma 1, 00184 Roma", "latitude": 41.9, "longitude": 12.5}
JSON = {"Content-Type": "application/json"}


def problem(response: httpx.Response) -> dict[str, Any]:
    """The problem in `response`, in good form."""
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    found: dict[str, Any] = response.json()
    status, title = PROBLEMS[found["code"]]
    assert (found["status"], found["title"], response.status_code) == (status, title, status)
    assert found["detail"]
    return found


def post(api: Api, body: Any, *, key: str | None = "", **headers: str) -> dict[str, Any]:
    """The problem that submitting `body` as the patient ends in; `key=None` leaves the key out."""
    sent = api.patient.headers | JSON | headers
    if key is not None:
        sent["Idempotency-Key"] = key or str(uuid4())
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return problem(api.http.post("/v1/requests", content=content, headers=sent))


@pytest.fixture(autouse=True)
def nothing_is_half_done(api: Api) -> Any:
    """No test of this module leaves a request, a held slot or an inbox item behind by a refusal."""

    def held() -> tuple[Any, Any]:
        return api.patient.get("/v1/requests"), api.practice.slots(people.SOON)[:5]

    before = held()
    yield
    assert held() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"starts_on": "2027-01-01"}, "unknown_field", "starts_on"),
        ({"starts_at": None}, "wrong_type", "starts_at"),
        ({"starts_at": 1893456000}, "wrong_type", "starts_at"),
        ({"starts_at": "1893456000"}, "wrong_type", "starts_at"),
        ({"starts_at": "1893456000.0"}, "wrong_type", "starts_at"),
        ({"starts_at": "tomorrow"}, "wrong_type", "starts_at"),
        ({"starts_at": "2027-03-01T09:00:00"}, "invalid_value", "starts_at"),
        ({"starts_at": "2020-03-01T09:00:00Z"}, "in_the_past", "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "in_the_past", "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "too_far_ahead", "starts_at"),
        ({"professional_id": "me"}, "wrong_type", "professional_id"),
        ({"professional_id": 7}, "wrong_type", "professional_id"),
        ({"professional_id": str(uuid4())}, "unknown_professional", "professional_id"),
        ({"service_id": str(uuid4())}, "unknown_service", "service_id"),
        ({"details": "x" * 2001}, "invalid_value", "details"),
        ({"details": "a\0b"}, "invalid_value", "details"),
        ({"details": ["x"]}, "wrong_type", "details"),
        ({"details": "\ud800"}, "invalid_value", "details"),
    ],
)
def test_a_wrong_field_is_named(api: Api, changes: dict[str, Any], code: str, field: str) -> None:
    found = post(api, api.body() | changes)
    assert (found["code"], found["field"]) == (code, field)


def test_a_time_outside_the_hours_is_refused(api: Api) -> None:
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    assert post(api, api.body() | {"starts_at": f"{day}T23:55:00Z"})["code"] == "outside_hours"
    assert post(api, api.body() | {"starts_at": f"{day}T12:03:00Z"})["code"] == "not_a_slot"
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert post(api, api.body() | {"starts_at": soon})["code"] == "too_soon"


@pytest.mark.parametrize("field", ["professional_id", "service_id", "starts_at"])
def test_a_missing_field_is_named(api: Api, field: str) -> None:
    body = api.body()
    del body[field]
    found = post(api, body)
    assert (found["code"], found["field"]) == ("missing_field", field)


def test_all_faults_are_listed_at_once(api: Api) -> None:
    found = post(api, {"professional_id": 1, "extra": 2})
    assert [(each["code"], each["field"]) for each in found["errors"]] == [
        ("wrong_type", "professional_id"),
        ("missing_field", "service_id"),
        ("missing_field", "starts_at"),
        ("unknown_field", "extra"),
    ]


@pytest.mark.parametrize("body", [b"{]", b"", b"\xff\xfe", b'{"a":', b"NaN", b'{"a":1,"a":1}'])
def test_a_body_that_is_not_json_is_refused(api: Api, body: bytes) -> None:
    assert post(api, body)["code"] == ("not_json" if body else "missing_field")


@pytest.mark.parametrize(
    "body", [b"[" * 5000, b'{"a":' * 40 + b"1" + b"}" * 40, json.dumps({str(n): 1 for n in range(27_000)})]
)
def test_a_body_that_is_too_deep_or_has_too_many_fields_is_refused(api: Api, body: bytes | str) -> None:
    body = body if isinstance(body, bytes) else body.replace(" ", "").encode()
    answer = api.http.post("/v1/requests", content=body, headers=api.patient.headers | JSON)
    assert problem(answer)["code"] == "body_too_large"
    assert len(answer.content) < 500


def test_twenty_faults_are_listed_and_all_are_counted(api: Api) -> None:
    found = post(api, api.body() | {f"extra_{number}": 1 for number in range(900)})
    assert (len(found["errors"]), found["error_count"]) == (20, 900)


def test_a_number_of_more_than_64_bits_is_refused(api: Api) -> None:
    found = post(api, api.body() | {"details": [{"deep": 2**63}]})
    assert (found["code"], found["field"]) == ("invalid_value", "details.0.deep")


def test_a_query_of_very_many_parameters_is_refused(api: Api) -> None:
    found = problem(api.http.get("/v1/professionals?" + "&".join(["within_km=x"] * 101)))
    assert (found["code"], found["field"]) == ("invalid_value", "query")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    assert post(api, body)["code"] in {"wrong_type", "missing_field"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(api: Api, kind: str) -> None:
    headers = {"Content-Type": kind}
    assert post(api, api.body(), **headers)["code"] == "unsupported_media_type"


def test_an_oversized_body_is_refused_whether_or_not_it_tells_its_size(api: Api) -> None:
    huge = api.body() | {"details": "x" * 300_000}
    assert post(api, huge)["code"] == "body_too_large"

    def chunks() -> Any:
        yield from (b"x" * 10_000 for _ in range(40))

    headers = api.patient.headers | JSON | {"Idempotency-Key": str(uuid4())}
    streamed = api.http.post("/v1/requests", content=chunks(), headers=headers)
    assert problem(streamed)["code"] == "body_too_large"


def test_a_missing_key_is_refused(api: Api) -> None:
    found = post(api, api.body(), key=None)
    assert (found["status"], found["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space"])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    found = post(api, api.body(), key=key)
    assert (found["code"], found["field"]) == ("invalid_value", "Idempotency-Key")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/nothing", "not_found"),
        ("GET", "/", "not_found"),
        ("GET", "/v1/requests/", "not_found"),
        ("DELETE", "/v1/inbox", "method_not_allowed"),
        ("GET", "/v1/requests/not-an-id", "wrong_type"),
        ("GET", "/v1/requests?limit=0", "invalid_value"),
        ("GET", "/v1/requests?limit=101", "invalid_value"),
        ("GET", "/v1/requests?limit=many", "wrong_type"),
        ("GET", "/v1/requests?cursor=made-up", "bad_cursor"),
        ("GET", "/v1/requests?status=lost", "invalid_value"),
        ("GET", "/v1/inbox?cursor=WyJ4Il0", "bad_cursor"),
        ("GET", "/v1/professionals?cursor=%00", "bad_cursor"),
        ("GET", "/v1/professionals?specialty=magic", "invalid_value"),
        ("GET", "/v1/professionals?name=%00", "invalid_value"),
        ("GET", "/v1/professionals?latitude=x&longitude=1", "wrong_type"),
        ("GET", "/v1/professionals?near=rome", "unknown_field"),
        ("GET", "/v1/professionals?latitude=91&longitude=1", "invalid_value"),
        ("GET", "/v1/professionals?latitude=nan&longitude=1", "invalid_value"),
        ("GET", "/v1/professionals?within_km=0", "invalid_value"),
        ("GET", "/v1/professionals?free_before=tomorrow", "wrong_type"),
        ("GET", f"/v1/professionals/{NOBODY}", "unknown_professional"),
        ("GET", f"/v1/clinics/{NOBODY}", "unknown_clinic"),
        ("GET", "/v1/pages/nothing", "unknown_page"),
        ("GET", "/v1/pages/..%2f..%2fREADME", "not_found"),
        ("GET", "/v1/me/audit?cursor=x", "bad_cursor"),
        ("GET", "/v1/me/tickets?cursor=WyJ4Il0", "bad_cursor"),
        ("GET", f"/v1/requests/{NOBODY}", "unknown_request"),
        ("GET", f"/v1/professionals/{NOBODY}/hours", "unknown_professional"),
        ("GET", f"/v1/professionals/{NOBODY}/services", "unknown_professional"),
        ("GET", f"/v1/professionals/{NOBODY}/slots", "missing_field"),
    ],
)
def test_what_is_not_there_is_not_found(api: Api, method: str, path: str, code: str) -> None:
    assert problem(api.http.request(method, path, headers=api.patient.headers))["code"] == code


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"from": "9999-12-31"}, "too_far_ahead", "from"),
        ({"from": "2027-02-30"}, "wrong_type", "from"),
        ({"from": "1893456000"}, "wrong_type", "from"),
        ({"from": "-1"}, "wrong_type", "from"),
        ({"from": "2027-01-01T00:00:00Z"}, "wrong_type", "from"),
        ({"from": "2027-01-01", "days": "36"}, "invalid_value", "days"),
        ({"from": "2027-01-01", "days": "0"}, "invalid_value", "days"),
        ({"from": "2027-01-01", "service_id": str(uuid4())}, "unknown_service", "service_id"),
    ],
)
def test_slots_that_cannot_be_known_are_refused(api: Api, query: Any, code: str, field: str) -> None:
    query = {"service_id": api.practice.service["service_id"]} | query
    found = problem(api.http.get(f"/v1/professionals/{api.professional.id}/slots", params=query))
    assert (found["code"], found["field"]) == (code, field)


def test_slots_of_days_long_gone_are_none(api: Api) -> None:
    query = {"service_id": api.practice.service["service_id"], "from": "0001-01-01", "days": 35}
    found = api.http.get(f"/v1/professionals/{api.professional.id}/slots", params=query)
    assert (found.status_code, found.json()["slots"]) == (200, [])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "unknown_time_zone", "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "unknown_time_zone", "time_zone"),
        ({"time_zone": "localtime"}, "unknown_time_zone", "time_zone"),
        ({"time_zone": "Factory"}, "unknown_time_zone", "time_zone"),
        ({"country": "XX"}, "unknown_region", "country"),
        ({"country": "Italy"}, "invalid_value", "country"),
        ({"country": "IT", "subdivision": "XX"}, "unknown_region", "subdivision"),
        ({"subdivision": "BZ"}, "unknown_region", "subdivision"),
        ({"name": ""}, "invalid_value", "name"),
        ({"latitude": 1}, "unknown_field", "latitude"),
    ],
)
def test_what_is_no_location_is_refused(api: Api, changes: Any, code: str, field: str) -> None:
    body = {"name": "Studio", "time_zone": "UTC"} | changes
    found = problem(api.professional.send("POST", "/v1/locations", body))
    assert (found["code"], found["field"]) == (code, field)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weekly": [{"weekday": "monday", "opens": "9", "closes": "10:00"}]}, "invalid_value"),
        ({"weekly": [{"weekday": "mon", "opens": "09:00", "closes": "10:00"}]}, "invalid_value"),
        ({"weekly": [{"weekday": "monday", "opens": "10:00", "closes": "09:00"}]}, "invalid_hours"),
        ({"weekly": [{"weekday": "monday", "opens": "24:00", "closes": "00:00"}]}, "invalid_value"),
        ({"weekly": "always"}, "wrong_type"),
        ({"weekly": [], "holidays": True}, "unknown_field"),
        ({"weekly": [], "version": 9}, "stale_version"),
        ({"weekly": [], "version": -1}, "invalid_value"),
    ],
)
def test_hours_that_cannot_be_are_refused(api: Api, changes: Any, code: str) -> None:
    path = f"/v1/locations/{api.practice.location_id}/hours"
    assert problem(api.professional.send("PUT", path, {"version": 1} | changes))["code"] == code


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "holiday"}, "invalid_value", "kind"),
        ({"last_day": "2027-05-31"}, "invalid_days", "last_day"),
        ({"last_day": "2028-06-30"}, "invalid_days", "last_day"),
        ({"first_day": "2020-06-01", "last_day": "2020-06-02"}, "in_the_past", "last_day"),
        ({"first_day": "June"}, "wrong_type", "first_day"),
        ({"kind": "extra"}, "invalid_hours", "hours"),
        ({"hours": [{"opens": "09:00", "closes": "10:00"}]}, "invalid_hours", "hours"),
        ({"location_id": NOBODY}, "unknown_location", "location_id"),
    ],
)
def test_what_is_no_exception_is_refused(api: Api, changes: Any, code: str, field: str) -> None:
    body = {"kind": "closed", "first_day": "2027-06-01", "last_day": "2027-06-02"} | changes
    found = problem(api.professional.send("POST", "/v1/exceptions", body))
    assert (found["code"], found["field"]) == (code, field)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"cancel": {"then": "fee"}}, "fee_missing", "cancel.fee"),
        ({"cancel": {"fee": {"amount_minor": 1, "currency": "EUR"}}}, "fee_missing", "cancel.fee"),
        (
            {
                "cancel": {"then": "fee", "fee": {"amount_minor": 1, "currency": "EUR"}},
                "reschedule_window": {"then": "fee", "fee": {"amount_minor": 1, "currency": "USD"}},
            },
            "two_currencies",
            "reschedule_window.fee",
        ),
        ({"cancel": {"hours": -1}}, "invalid_value", "cancel.hours"),
        ({"joiners": 6}, "invalid_value", "joiners"),
        ({"card": True}, "unknown_field", "card"),
    ],
)
def test_what_is_no_policy_is_refused(api: Api, changes: Any, code: str, field: str) -> None:
    found = problem(api.professional.send("PUT", "/v1/policy", {"version": 0} | changes))
    assert (found["code"], found["field"]) == (code, field)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "surgery"}, "invalid_value", "kind"),
        ({"kind": None}, "invalid_value", "kind"),
        ({"mode": "by phone"}, "invalid_value", "mode"),
        ({"name": " "}, "invalid_value", "name"),
        ({"name": "two\nlines"}, "invalid_value", "name"),
        ({"name": "x" * 121}, "invalid_value", "name"),
        ({"price": 100}, "wrong_type", "price"),
        ({"price": {"amount_minor": 100, "currency": "€"}}, "invalid_value", "price.currency"),
        ({"price": {"amount_minor": 1.5, "currency": "EUR"}}, "wrong_type", "price.amount_minor"),
        ({"location_id": NOBODY}, "unknown_location", "location_id"),
        ({"fee": 100}, "unknown_field", "fee"),
    ],
)
def test_what_is_no_service_is_refused(api: Api, changes: dict[str, Any], code: str, field: str) -> None:
    body = {"name": "Visit", "minutes": 30} | changes
    found = problem(api.professional.send("POST", "/v1/services", body))
    assert (found["code"], found["field"]) == (code, field)


def test_a_service_is_of_some_kind_and_somewhere(api: Api) -> None:
    professional = people.signed_in(api.http, "professional")
    made = professional.post("/v1/services", {"name": "Talk", "minutes": 30}, expect=201)
    assert (made["kind"], made["mode"]) == ("consultation", "in_person")
    body = {"name": "Talk", "minutes": 30, "kind": "follow_up", "mode": "video"}
    assert body.items() <= professional.post("/v1/services", body, expect=201).items()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"version": 0}, "invalid_value", "version"),
        ({"version": 99}, "stale_version", "version"),
        ({"name": "a\u202eb"}, "invalid_value", "name"),
        ({"phone": "06 6982 0001"}, "invalid_phone", "phone"),
        ({"phone": "+39 1"}, "invalid_phone", "phone"),
        ({"phone": 39}, "invalid_phone", "phone"),
        ({"phone": {}}, "invalid_phone", "phone"),
        ({"languages": ["italian"]}, "invalid_value", "languages.0"),
        ({"languages": ["it"] * 21}, "invalid_value", "languages"),
        ({"time_zone": "Europe/Atlantis"}, "unknown_time_zone", "time_zone"),
        ({"locale": "Italian"}, "invalid_value", "locale"),
        ({"photo_url": "http://example.org/a.jpg"}, "invalid_value", "photo_url"),
        ({"photo_url": "javascript:alert(1)"}, "invalid_value", "photo_url"),
        ({"email": "new@example.org"}, "unknown_field", "email"),
    ],
)
def test_what_is_no_profile_is_refused(api: Api, changes: dict[str, Any], code: str, field: str) -> None:
    body = {"version": 1, "name": "Anna"} | changes
    found = problem(api.patient.send("PUT", "/v1/me", body))
    assert (found["code"], found["field"]) == (code, field)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"listed": "yes"}, "wrong_type", "listed"),
        ({"specialties": ["magic"]}, "invalid_value", "specialties.0"),
        ({"contact": {"email": "nobody"}}, "invalid_email", "contact.email"),
        ({"contact": {"phone": "112"}}, "invalid_phone", "contact.phone"),
        ({"contact": {"fax": "+39066982000"}}, "unknown_field", "contact.fax"),
        ({"place": {"address": "Via Roma 1"}}, "missing_field", "place.latitude"),
        ({"place": ROME | {"latitude": 91}}, "invalid_value", "place.latitude"),
        ({"place": ROME | {"latitude": "41.9"}}, "wrong_type", "place.latitude"),
        ({"place": ROME | {"address": ""}}, "invalid_value", "place.address"),
    ],
)
def test_what_is_no_listing_is_refused(api: Api, changes: dict[str, Any], code: str, field: str) -> None:
    found = problem(api.professional.send("PUT", "/v1/listing", {"version": 1} | changes))
    assert (found["code"], found["field"]) == (code, field)


def test_a_telephone_number_may_be_written_in_any_way(api: Api) -> None:
    person = people.signed_in(api.http, "patient")
    body = {"version": 1, "name": "Anna", "phone": "+39 06 6982-0001"}
    assert person.put("/v1/me", body)["phone"] == "+390669820001"


@pytest.mark.parametrize("minutes", ["30", 30.5, True, 4, 481, None])
def test_a_service_has_a_length_in_whole_minutes(api: Api, minutes: Any) -> None:
    headers = api.professional.headers | {"Idempotency-Key": str(uuid4())}
    answer = api.http.post("/v1/services", json={"name": "Visit", "minutes": minutes}, headers=headers)
    assert problem(answer)["code"] in {"wrong_type", "invalid_value"}


def test_every_refusal_is_said_somewhere_and_has_a_status() -> None:
    root = Path(__file__).resolve().parents[2]
    folders = ("services", "shared", "gateway")
    words = "".join(path.read_text() for each in folders for path in (root / each).rglob("*.py"))
    said = set(re.findall(r"\brefusals\.(\w+)", words))
    assert len(said) > 20
    for code, refusal in REFUSALS.items():
        assert 400 <= PROBLEMS[code][0] < 600
        assert refusal.__name__ in said, f"{code} is never answered"
    assert PROBLEMS.keys() == REFUSALS.keys()


def test_every_refusal_that_a_command_names_is_one() -> None:
    assert {code for each in COMMANDS.values() for code in each.refuses.split()} <= REFUSALS.keys()


def test_a_method_that_an_address_does_not_know_is_told_which_it_knows(api: Api) -> None:
    answer = api.http.delete("/v1/requests", headers=api.patient.headers)
    assert answer.headers["Allow"] == "GET, POST"
    assert "GET, POST" in problem(answer)["detail"]


def test_a_websocket_is_no_way_in(api: Api) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = api.http.get("/v1/inbox", headers=upgrade | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
    assert problem(answer)["code"] == "not_signed_in"


def test_what_the_database_chokes_on_is_in_no_log(api: Api) -> None:
    """A statement that runs into its time limit would be quoted, values and all."""
    url = sa.make_url((api.suite.home / "bus.url").read_text()).set(database="accounts")
    canaries = [f"canary-{uuid4().hex}" for _ in range(3)]
    name, password, address = canaries
    body = {"email": f"{address}@example.org", "password": password, "name": name, "role": "patient"}
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        conn.execute(sa.text("lock table registrations"))
        answer = api.http.post("/v1/accounts", json=body, headers={"Idempotency-Key": str(uuid4())})
    engine.dispose()
    assert problem(answer)["code"] == "try_again"
    database_log = api.suite.home.joinpath("postgres", "log")
    assert "canceling statement" in database_log.read_text()
    said = database_log.read_text() + api.suite.log("embedded")
    assert not [canary for canary in canaries if canary in said]
    assert database_log.stat().st_mode & 0o077 == 0
