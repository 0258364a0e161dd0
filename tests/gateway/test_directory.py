"""Search for a professional, with their next free slot."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import suites
from tests.faults import people
from tests.faults.people import Person
from tests.gateway.test_bad_input import problem
from tests.pages import walked

ROME, MILAN = (41.9, 12.5), (45.46, 9.19)


def listed(http: httpx.Client, word: str, *, at: tuple[float, float] = ROME, closed: bool = False) -> Person:
    """A professional with a name of its own in the directory, and with hours unless `closed`."""
    person = people.signed_in(http, "professional")
    mine = person.get("/v1/me")
    person.put("/v1/me", {"version": mine["version"], "name": f"Dr. {word}", "languages": ["it"]})
    if not closed:
        people.open_all_day(person)
    service = {"name": "Talk", "minutes": 30, "kind": "follow_up", "mode": "video"}
    person.post("/v1/services", service, expect=201)
    latitude, longitude = at
    place = {"address": "Via Roma 1", "latitude": latitude, "longitude": longitude}
    version = person.get("/v1/listing")["version"]
    person.put("/v1/listing", {"version": version, "specialties": ["cardiology"], "place": place})
    return person


def found(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = http.get("/v1/professionals", params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["professionals"]
    return rows


def word() -> str:
    """A name nobody else has, so that each test finds its own."""
    return "".join(chr(ord("a") + each % 26) for each in uuid4().bytes[:10]).title()


def test_a_professional_is_found_with_her_next_free_time(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        person = listed(http, name)
        people.eventually(lambda: bool(found(http, name=name)[0]["services"]))
        [row] = found(http, name=name)
        assert (row["professional_id"], row["name"]) == (person.id, f"Dr. {name}")
        assert (row["services"], row["modes"]) == (["follow_up"], ["video"])
        assert row["distance_km"] is None
        free = row["next_free"]
        [service] = person.get(f"/v1/professionals/{person.id}/services")["services"]
        today = datetime.now(UTC).date().isoformat()
        query = {"service_id": service["service_id"], "from": today}
        first = person.get(f"/v1/professionals/{person.id}/slots", **query)["slots"][0]
        assert free == first | {"professional_id": person.id, "service_id": service["service_id"]}


def test_the_next_free_time_is_for_what_was_searched(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        person = listed(http, name)
        short = {"name": "Check", "minutes": 10, "kind": "check_up"}
        made = person.post("/v1/services", short, expect=201)
        people.eventually(lambda: len(found(http, name=name)[0]["services"]) == 2)
        [row] = found(http, name=name, service="check_up")
        assert row["next_free"]["service_id"] == made["service_id"]
        assert found(http, name=name, service="check_up", mode="in_person") != []
        assert found(http, name=name, service="vaccination") == []


def test_who_cannot_be_seen_has_no_next_free_time(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        listed(http, name, closed=True)
        [row] = found(http, name=name)
        assert row["next_free"] is None
        assert found(http, name=name, free_before="2120-01-01T00:00:00Z") == []


def test_only_those_who_can_be_seen_early_enough(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        listed(http, name)
        [row] = found(http, name=name)
        starts_at = datetime.fromisoformat(row["next_free"]["starts_at"])
        assert found(http, name=name, free_before=starts_at.isoformat()) == []
        later = starts_at + timedelta(minutes=1)
        assert len(found(http, name=name, free_before=later.isoformat())) == 1


def test_the_nearest_is_first_and_told_how_far_she_is(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        near, far = listed(http, name), listed(http, name, at=(42.0, 12.5))
        listed(http, name, at=MILAN)
        rows = found(http, specialty="cardiology", latitude=41.9, longitude=12.5, within_km=20)
        mine = [each for each in rows if each["professional_id"] in (near.id, far.id)]
        assert [each["professional_id"] for each in mine] == [near.id, far.id]
        assert [round(each["distance_km"]) for each in mine] == [0, 11]


@pytest.mark.parametrize(("given", "missing"), [("latitude", "longitude"), ("longitude", "latitude")])
def test_half_a_point_is_none(suite: suites.Suite, given: str, missing: str) -> None:
    with people.client(suite.url) as http:
        refusal = problem(http.get("/v1/professionals", params={given: 12}))
        assert (refusal["code"], refusal["field"]) == ("missing_field", missing)


def test_every_page_follows_the_one_before(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        ids = {listed(http, name, closed=True).id for _ in range(5)}

        def page(cursor: str | None) -> tuple[list[Any], str | None]:
            query = {"name": name, "limit": 2} | ({"cursor": cursor} if cursor else {})
            answer = http.get("/v1/professionals", params=query).json()
            return answer["professionals"], answer["next_cursor"]

        rows = [row["professional_id"] for row in walked(page)]
        assert len(rows) == 5
        assert set(rows) == ids


def test_who_takes_her_page_back_is_not_found_but_can_be_looked_at(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        name = word()
        person = listed(http, name)
        version = person.get("/v1/listing")["version"]
        person.put("/v1/listing", {"version": version, "listed": False})
        assert found(http, name=name) == []
        assert http.get(f"/v1/professionals/{person.id}").json()["listed"] is False


def test_what_she_did_not_put_on_her_card_is_shown_to_nobody(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = listed(http, word())
        mine = person.get("/v1/me")
        person.put("/v1/me", {"version": mine["version"], "name": mine["name"], "phone": "+390669820001"})
        page = http.get(f"/v1/professionals/{person.id}").json()
        assert page["contact"] == {"phone": None, "email": None, "text": None}
        for private in (person.email, "+390669820001"):
            assert private not in http.get(f"/v1/professionals/{person.id}").text


def test_without_requests_the_directory_still_answers(amqp: suites.Amqp) -> None:
    with people.client(amqp.url) as http:
        name = word()
        listed(http, name)
        amqp.kill("requests")
        try:
            answer = http.get("/v1/professionals", params={"name": name})
            assert answer.status_code == 200
            assert answer.json()["next_free_known"] is False
            assert [row["next_free"] for row in answer.json()["professionals"]] == [None]
            late = http.get("/v1/professionals", params={"name": name, "free_before": "2120-01-01T00:00:00Z"})
            assert len(late.json()["professionals"]) == 1
        finally:
            amqp.boot("requests")
        amqp.wait_until_ready()
        again = http.get("/v1/professionals", params={"name": name}).json()
        assert again["next_free_known"] is True
        assert again["professionals"][0]["next_free"]
