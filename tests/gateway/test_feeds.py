"""Calendars and video over HTTP, from a practice to the apps that read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import icalendar
import jwt
import pytest

from gateway.problems import MEDIA_TYPE
from tests.faults import people
from tests.faults.people import Person
from tests.suites import Embedded

SECRET = "a secret of thirty-two bytes, or more"
ALL_DAY = [{"weekday": day, "opens": "00:00", "closes": "23:50"} for day in people.WEEK]


@dataclass
class World:
    http: httpx.Client
    suite: Embedded
    patient: Person
    professional: Person
    location_id: str
    services: dict[str, str]

    def visit(self, mode: str = "in_person") -> dict[str, Any]:
        """Confirmed."""
        query = {"service_id": self.services[mode], "from": people.SOON, "days": 1}
        free = self.patient.get(f"/v1/professionals/{self.professional.id}/slots", **query)["slots"]
        body = {
            "professional_id": self.professional.id,
            "service_id": self.services[mode],
            "starts_at": free[0]["starts_at"],
            "details": "It is about my heart.",
        }
        made = self.patient.post("/v1/requests", body, expect=201)
        path = f"/v1/requests/{made['request_id']}/confirm"
        confirmed: dict[str, Any] = self.professional.post(path, {"version": 1})
        return confirmed

    def begun(self, visit: dict[str, Any]) -> None:
        """The visit begins now."""
        now = "date_trunc('second', now())"
        times = f"starts_at = {now}, ends_at = {now} + interval '10 minutes'"
        held = f"held = tstzrange({now}, {now} + interval '10 minutes')"
        self.suite.sql(
            "requests", f"update requests set {times}, {held} where id = :id", id=visit["request_id"]
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = tmp_path_factory.mktemp("video") / "video.secret"
    path.write_text(SECRET + "\n")
    with (
        Embedded(HC_VIDEO_URL="https://meet.example.org", HC_VIDEO_SECRET_FILE=str(path)) as suite,
        people.client(suite.url) as http,
    ):
        professional = people.signed_in(http, "professional")
        body = {"name": "Studio, am Fluß", "address": "Via Roma 1", "time_zone": "Europe/Rome"}
        location_id = professional.post("/v1/locations", body, expect=201)["location_id"]
        professional.put(f"/v1/locations/{location_id}/hours", {"version": 0, "weekly": ALL_DAY})
        services = {}
        for mode in ("in_person", "video"):
            body = {"name": f"Visit {mode}", "minutes": 10, "mode": mode}
            services[mode] = professional.post("/v1/services", body, expect=201)["service_id"]
        yield World(http, suite, people.signed_in(http, "patient"), professional, location_id, services)


def events(answer: httpx.Response) -> list[icalendar.Event]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/calendar; charset=utf-8; method=")
    assert answer.headers["Cache-Control"] == "no-store"
    return list(icalendar.Calendar.from_ical(answer.content).events)


def uids(answer: httpx.Response) -> set[str]:
    return {str(each["UID"]).removesuffix("@healthconnect") for each in events(answer)}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    return problem


def test_both_sides_put_a_visit_into_their_calendars(world: World) -> None:
    visit = world.visit()
    path = f"/v1/requests/{visit['request_id']}/calendar.ics"
    for person in (world.patient, world.professional):
        answer = person.send("GET", path)
        [event] = events(answer)
        assert event["LOCATION"] == "Studio, am Fluß, Via Roma 1"
        assert event["SEQUENCE"] == 2
        assert "heart" not in answer.text
        assert person.name not in answer.text
    refused(people.signed_in(world.http, "patient").send("GET", path), 403, "not_yours")
    refused(world.patient.send("GET", f"/v1/requests/{uuid4()}/calendar.ics"), 404, "unknown_request")
    refused(world.patient.send("GET", path, alarm="yes"), 422, "unknown_field")


def test_a_visit_that_is_off_is_taken_out_again(world: World) -> None:
    visit = world.visit()
    path = f"/v1/requests/{visit['request_id']}"
    world.professional.post(f"{path}/cancel", {"version": 2})
    [event] = events(world.patient.send("GET", f"{path}/calendar.ics"))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)


def test_a_private_link_is_all_that_a_calendar_app_needs(world: World) -> None:
    visit, key = world.visit(), str(uuid4())
    for person in (world.patient, world.professional):
        url = person.post("/v1/calendar-feed", None, expect=201, key=key)["url"]
        assert url.startswith(f"{world.suite.url}/calendar/")
        assert visit["request_id"] in uids(httpx.get(url))
        assert person.post("/v1/calendar-feed", None, expect=201, key=key)["url"] == url

        new = person.post("/v1/calendar-feed", None, expect=201)["url"]
        refused(httpx.get(url), 410, "dead_link")
        assert visit["request_id"] in uids(httpx.get(new))

        for _ in range(2):
            person.delete("/v1/calendar-feed")
            answer = httpx.get(new)
            refused(answer, 410, "dead_link")
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_feed_is_for_patients_and_professionals_who_send_a_key(world: World) -> None:
    front_desk = people.signed_in(world.http, "clinic")
    for method in ("POST", "DELETE"):
        refused(front_desk.send(method, "/v1/calendar-feed"), 403, "wrong_role")
        refused(world.http.request(method, "/v1/calendar-feed"), 401, "not_signed_in")
    answer = world.http.post("/v1/calendar-feed", headers=world.patient.headers)
    refused(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "%E2%80%A6"])
def test_a_link_that_was_never_made_is_dead(world: World, token: str) -> None:
    refused(world.http.get(f"/calendar/{token}.ics"), 410, "dead_link")


def test_a_visit_by_video_is_joined_in_its_time(world: World) -> None:
    visit = world.visit("video")
    path = f"/v1/requests/{visit['request_id']}/video"
    problem = refused(world.patient.send("GET", path), 409, "too_early")
    assert problem["opens_at"] < visit["starts_at"]
    world.begun(visit)
    tokens = {}
    for person in (world.patient, world.professional):
        video_call = person.get(path)
        assert set(video_call) == {"url", "opens_at", "closes_at"}
        assert video_call["opens_at"][-6:] in ("+01:00", "+02:00")
        room, _, token = video_call["url"].partition("?jwt=")
        tokens[person.role] = jwt.decode(token, SECRET, algorithms=["HS256"], audience="jitsi")
        assert room == f"https://meet.example.org/{tokens[person.role]['room']}"
    assert tokens["patient"]["room"] == tokens["professional"]["room"]
    assert [each["context"]["user"]["moderator"] for each in tokens.values()] == [False, True]
    refused(people.signed_in(world.http, "clinic").send("GET", path), 403, "wrong_role")
    refused(people.signed_in(world.http, "patient").send("GET", path), 403, "not_yours")


def test_a_visit_in_person_is_not_joined(world: World) -> None:
    visit = world.visit()
    refused(world.patient.send("GET", f"/v1/requests/{visit['request_id']}/video"), 409, "not_video")


def test_a_professionals_own_room_comes_first_and_is_told_to_nobody_else(world: World) -> None:
    own = "https://video.example.org/dr-rossi?pin=1"
    visit = world.visit("video")
    world.begun(visit)
    mine = world.professional.get("/v1/calendar")
    assert mine["video_url"] is None
    world.professional.put("/v1/calendar", {"version": mine["version"], "video_url": own})
    assert world.patient.get(f"/v1/requests/{visit['request_id']}/video")["url"] == own
    assert world.professional.get("/v1/calendar")["video_url"] == own
    public = world.http.get(f"/v1/professionals/{world.professional.id}/calendar")
    assert own not in public.text
    refused(world.patient.send("GET", "/v1/calendar"), 403, "wrong_role")


@pytest.mark.parametrize(
    "url",
    ["http://video.example.org", "https://", "https://a b", "javascript:alert(1)", "https://" + "a" * 500],
)
def test_a_room_is_at_an_address_that_can_be_trusted(world: World, url: str) -> None:
    version = world.professional.get("/v1/calendar")["version"]
    answer = world.professional.send("PUT", "/v1/calendar", {"version": version, "video_url": url})
    refused(answer, 422, "invalid_value")
