"""A caller who tries too often has to wait, and learns for how long."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import suites
from tests.faults import people
from tests.gateway.scene import TICKET
from tests.gateway.test_bad_input import problem

OFTEN = 5
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def strict() -> Iterator[suites.Embedded]:
    """A suite with the limits of production."""
    rates = dict.fromkeys(("HC_SIGN_IN_RATE", "HC_FORM_RATE"), f"{OFTEN}/minute")
    with suites.Embedded(**rates) as suite:
        yield suite


@pytest.fixture
def http(strict: suites.Embedded) -> Iterator[httpx.Client]:
    with people.client(strict.url) as client:
        yield client


def from_anywhere() -> dict[str, str]:
    """A network address of its own for each test; the gateway believes the proxy before it, which is here."""
    number = uuid4().bytes
    return {"X-Forwarded-For": ".".join(str(each) for each in number[:4])}


def sign_in(
    http: httpx.Client, email: str, address: dict[str, str], password: str = "wrong"
) -> httpx.Response:
    return http.post("/v1/sessions", json={"email": email, "password": password}, headers=address)


def is_put_off(answer: httpx.Response) -> bool:
    found = problem(answer)
    wait = int(answer.headers["Retry-After"])
    assert found["code"] == "too_many_attempts"
    assert 1 <= wait <= 60
    assert (found["retry_after"], f"{wait} seconds" in found["detail"]) == (wait, True)
    return True


def test_the_sixth_sign_in_of_an_account_waits_wherever_it_comes_from(http: httpx.Client) -> None:
    person = people.Person(http, "Anna", "patient")
    person.register()
    for _ in range(OFTEN):
        assert problem(sign_in(http, person.email, from_anywhere()))["code"] == "wrong_credentials"
    assert is_put_off(sign_in(http, person.email.upper(), from_anywhere()))
    assert is_put_off(sign_in(http, person.email, from_anywhere(), person.password))


def test_an_address_without_an_account_waits_just_as_well(http: httpx.Client) -> None:
    unknown = f"{uuid4()}@example.org"
    for _ in range(OFTEN):
        assert problem(sign_in(http, unknown, from_anywhere()))["code"] == "wrong_credentials"
    assert is_put_off(sign_in(http, unknown, from_anywhere()))


def test_people_behind_one_address_get_in(http: httpx.Client) -> None:
    place = from_anywhere()
    for _ in range(OFTEN + 1):
        person = people.Person(http, "Anna", "patient")
        person.register()
        assert sign_in(http, person.email, place, person.password).is_success


def test_of_many_failures_from_one_place_the_next_waits_whoever_it_is_for(http: httpx.Client) -> None:
    place = from_anywhere()
    for _ in range(10 * OFTEN):
        assert problem(sign_in(http, f"{uuid4()}@example.org", place))["code"] == "wrong_credentials"
    assert is_put_off(sign_in(http, f"{uuid4()}@example.org", place))
    person = people.Person(http, "Anna", "patient")
    person.register()
    assert sign_in(http, person.email, from_anywhere(), person.password).is_success


FORMS: dict[str, Any] = {
    "/v1/tickets": lambda: TICKET | {"description": "Hello", "email": f"{uuid4()}@example.org"},
    "/v1/password-resets": lambda: {"email": f"{uuid4()}@example.org"},
    "/v1/deletions": lambda: {"email": f"{uuid4()}@example.org"},
}


@pytest.mark.parametrize("path", FORMS)
def test_people_behind_one_address_send_ten_times_as_many_forms(http: httpx.Client, path: str) -> None:
    def send(place: dict[str, str]) -> httpx.Response:
        headers = place | {"Idempotency-Key": str(uuid4())}
        return http.post(path, json=FORMS[path](), headers=headers)

    place = from_anywhere()
    assert all(send(place).is_success for _ in range(10 * OFTEN))
    assert is_put_off(send(place))
    assert send(from_anywhere()).is_success


@pytest.mark.parametrize("path", ["/v1/password-resets", "/v1/deletions"])
def test_nobody_keeps_somebody_else_from_asking_for_a_mail(http: httpx.Client, path: str) -> None:
    body = {"email": f"{uuid4()}@example.org"}
    answers = [http.post(path, json=body, headers=from_anywhere()) for _ in range(OFTEN + 1)]
    assert [answer.status_code for answer in answers] == [204] * (OFTEN + 1)


def test_the_page_for_writing_to_support_waits_too(http: httpx.Client) -> None:
    place = from_anywhere()

    def send() -> httpx.Response:
        form = TICKET | {"description": "Hello", "email": "anna@example.org", "key": str(uuid4())}
        return http.post("/contact", data=form, headers=place)

    assert all(send().is_success for _ in range(10 * OFTEN))
    answer = send()
    assert answer.status_code == 429
    assert "too often" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


def test_what_is_counted_can_be_traced_to_nobody(strict: suites.Embedded, http: httpx.Client) -> None:
    person, place = people.Person(http, "Anna", "patient"), from_anywhere()
    person.register()
    sign_in(http, person.email, place, person.password)
    for trace in (person.email, person.id, place["X-Forwarded-For"]):
        like = f"%{trace}%"
        assert strict.sql("accounts", "select 1 from throttle where key like :like", like=like) == 0
    assert strict.sql("accounts", "select 1 from throttle") > 0
