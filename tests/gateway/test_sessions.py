"""Staying in on many devices, and being out at once, whichever way the suite runs."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import brokers, suites
from tests.databases import Server
from tests.faults import people
from tests.faults.people import Person
from tests.gateway.test_bad_input import problem

AT_ONCE = 1.0
"""Seconds until every gateway refuses the token of a session that ended."""


def sessions(person: Person) -> dict[str, str]:
    """Return the sessions of a person, with the names of the devices."""
    return {each["session_id"]: each["device_name"] for each in person.get("/v1/sessions")["sessions"]}


def is_out(person: Person) -> bool:
    answer = person.send("GET", "/v1/me")
    return answer.status_code == 401 and problem(answer)["code"] == "not_signed_in"


def refreshed(http: httpx.Client, token: str, device_id: str | None = None) -> httpx.Response:
    return http.post("/v1/sessions/refresh", json={"refresh_token": token, "device_id": device_id})


def test_every_device_is_listed_by_the_name_its_owner_knows(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        first = person.session["session_id"]
        phone = person.another_phone(device={"device_id": str(uuid4()), "name": "Anna's phone"})
        assert sessions(person) == {first: "", phone.session["session_id"]: "Anna's phone"}
        assert sessions(phone) == sessions(person)


def test_one_device_is_signed_out_and_the_other_stays_in(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        lost = person.another_phone()
        assert lost.send("GET", "/v1/me").is_success
        person.send("DELETE", f"/v1/sessions/{lost.session['session_id']}")
        people.eventually(lambda: is_out(lost), within=AT_ONCE)
        assert problem(refreshed(http, lost.session["refresh_token"]))["code"] == "session_ended"
        assert list(sessions(person)) == [person.session["session_id"]]
        assert refreshed(http, person.session["refresh_token"]).is_success


def test_all_devices_are_signed_out_at_once(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        phones = [person, person.another_phone(), person.another_phone()]
        assert person.send("DELETE", "/v1/sessions").status_code == 204
        people.eventually(lambda: all(map(is_out, phones)), within=AT_ONCE)
        for phone in phones:
            assert problem(refreshed(http, phone.session["refresh_token"]))["code"] == "session_ended"


def test_a_new_password_signs_out_the_other_devices(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        other = person.another_phone()
        new = uuid4().hex
        person.send("POST", "/v1/me/password", {"current": person.password, "password": new})
        people.eventually(lambda: is_out(other), within=AT_ONCE)
        assert person.send("GET", "/v1/me").is_success
        credentials = {"email": person.email, "password": person.password}
        assert problem(http.post("/v1/sessions", json=credentials))["code"] == "wrong_credentials"
        assert http.post("/v1/sessions", json=credentials | {"password": new}).is_success


def test_a_refresh_token_is_traded_for_its_successor(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        device = str(uuid4())
        person = people.signed_in(http, "patient").another_phone(device={"device_id": device})
        token = person.session["refresh_token"]
        for _ in range(3):
            after = refreshed(http, token, device).json()
            assert after["session_id"] == person.session["session_id"]
            assert after["refresh_token"] != token
            token = after["refresh_token"]
        person.headers["Authorization"] = f"Bearer {after['access_token']}"
        assert person.send("GET", "/v1/me").is_success


def test_an_answer_that_got_lost_can_be_asked_for_again(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        token = people.signed_in(http, "patient").session["refresh_token"]
        first, again = refreshed(http, token).json(), refreshed(http, token).json()
        assert first["refresh_token"] == again["refresh_token"]


def test_another_device_with_a_copied_token_ends_the_session_for_both(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        device = str(uuid4())
        person = people.signed_in(http, "patient").another_phone(device={"device_id": device})
        stolen = person.session["refresh_token"]
        mine = refreshed(http, refreshed(http, stolen, device).json()["refresh_token"], device).json()
        assert problem(refreshed(http, stolen, str(uuid4())))["code"] == "session_ended"
        assert problem(refreshed(http, mine["refresh_token"], device))["code"] == "session_ended"
        people.eventually(lambda: is_out(person), within=AT_ONCE)


def test_a_token_from_before_the_last_one_ends_the_session(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        oldest = person.session["refresh_token"]
        newest = refreshed(http, refreshed(http, oldest).json()["refresh_token"]).json()["refresh_token"]
        for token in (oldest, newest):
            assert problem(refreshed(http, token))["code"] == "session_ended"
        people.eventually(lambda: is_out(person), within=AT_ONCE)


@pytest.mark.parametrize("how", ["another word", "of another purpose", "", "0" * 96])
def test_a_token_that_was_never_handed_out_is_refused(suite: suites.Suite, how: str) -> None:
    with people.client(suite.url) as http:
        person = people.signed_in(http, "patient")
        token = person.session["access_token"][:200] if how == "of another purpose" else how
        assert problem(refreshed(http, token))["code"] == ("session_ended" if how else "invalid_value")
        assert not is_out(person)


def test_of_100_refreshes_at_once_one_successor_lives(suite: suites.Suite) -> None:
    with people.client(suite.url) as http, ThreadPoolExecutor(100) as pool:
        person = people.signed_in(http, "patient")
        token = person.session["refresh_token"]
        answers = list(
            pool.map(lambda _: people.insist(lambda: refreshed(http, token), within=30), range(100))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        successor = answers[0].json()["refresh_token"]
        assert refreshed(http, successor).is_success
        assert list(sessions(person)) == [person.session["session_id"]]


ASKED: dict[str, Callable[[str], Any]] = {
    "/v1/password-resets": lambda email: {"email": email},
    "/v1/deletions": lambda email: {"email": email},
    "/v1/sessions": lambda email: {"email": email, "password": "not the right one"},
    "/account/forgot": lambda email: {"email": email},
    "/account/delete": lambda email: {"email": email},
}


@pytest.mark.parametrize("path", ASKED)
def test_nobody_learns_here_who_has_an_account(suite: suites.Suite, path: str) -> None:
    with people.client(suite.url) as http:
        known, unknown = people.signed_in(http, "patient").email, f"{uuid4()}@story.example"

        def asked(email: str) -> httpx.Response:
            form = {"data" if path.startswith("/account") else "json": ASKED[path](email)}
            return http.post(path, **form)

        told = [asked(email) for email in (known, known.upper(), unknown)]
        assert len({(answer.status_code, answer.text) for answer in told}) == 1
        headers = [{name for name in answer.headers if name != "date"} for answer in told]
        assert headers[0] == headers[1] == headers[2]


def test_a_second_gateway_hears_of_it_too(amqp: suites.Amqp) -> None:
    with amqp.another_gateway() as elsewhere, people.client(elsewhere) as http:
        person = people.signed_in(http, "patient")
        with people.client(amqp.url) as other:
            here = Person(other, person.name, person.role)
            here.headers = person.headers
            assert not is_out(here)
            person.send("DELETE", "/v1/sessions")
            people.eventually(lambda: is_out(here), within=AT_ONCE)
            people.eventually(lambda: is_out(person), within=AT_ONCE)


def test_a_gateway_that_was_started_afterwards_asks_who_is_out(amqp: suites.Amqp) -> None:
    with people.client(amqp.url) as http:
        person, stays = people.signed_in(http, "patient"), people.signed_in(http, "patient")
        person.send("DELETE", "/v1/sessions")
        with amqp.another_gateway() as elsewhere, people.client(elsewhere) as other:
            assert other.get("/v1/me", headers=person.headers).status_code == 401
            assert other.get("/v1/me", headers=stays.headers).status_code == 200


def test_a_gateway_that_lost_its_broker_learns_what_it_missed(
    own_broker: brokers.ContainerBroker | brokers.ProcessBroker, database: Server
) -> None:
    """Signed out through accounts alone, while no gateway could hear of it."""
    with suites.Amqp(own_broker.uri, database.new) as suite, people.client(suite.url) as http:
        person, stays = people.signed_in(http, "patient"), people.signed_in(http, "patient")
        assert not is_out(person)
        own_broker.stop()
        suite.sql("accounts", "update sessions set ended_at = now() where person_id = :id", id=person.id)
        assert person.send("GET", "/v1/me").status_code == 503
        own_broker.start()
        brokers.wait_until_it_answers(own_broker.uri)
        answer = people.insist(lambda: person.send("GET", "/v1/me"), within=20)
        assert problem(answer)["code"] == "not_signed_in"
        assert people.insist(lambda: stays.send("GET", "/v1/me"), within=20).status_code == 200


def test_without_accounts_nobody_is_let_in_whose_session_may_have_ended(amqp: suites.Amqp) -> None:
    """A new gateway cannot know; one that knows goes on."""
    with people.client(amqp.url) as http:
        person = people.signed_in(http, "patient")
        assert person.send("GET", "/v1/inbox").is_success
        with amqp.another_gateway() as elsewhere, people.client(elsewhere) as other:
            amqp.kill("accounts")
            began = time.monotonic()
            assert other.get("/v1/inbox", headers=person.headers).status_code == 503
            assert time.monotonic() - began < 6
            assert person.send("GET", "/v1/inbox").is_success
            amqp.boot("accounts")
            amqp.wait_until_ready()
            people.eventually(lambda: other.get("/v1/inbox", headers=person.headers).is_success)
