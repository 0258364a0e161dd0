"""A person with three roles: their token carries one of them, and the others admit them nowhere."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.faults import people
from tests.faults.people import Person, Practice
from tests.gateway.test_bad_input import problem
from tests.mails import Mailbox
from tests.suites import Embedded


class Trio:
    """A professional with a practice, who is a patient of another one and owns the clinic of that one.

    `patient` is somebody else, who goes to both.
    """

    def __init__(self, http: httpx.Client, suite: Embedded) -> None:
        self.own, self.other = Practice(http), Practice(http)
        self.patient = people.signed_in(http, "patient")
        for role in ("patient", "clinic"):
            self.own.professional.send("POST", "/v1/me/roles", {"role": role}).raise_for_status()
        self.as_ = {"professional": self.own.professional, "patient": self._as("patient")}
        self.as_["clinic"] = desk = self._as("clinic")
        clinic_id = desk.post("/v1/clinics", {"name": "Studio"}, expect=201)["clinic_id"]
        people.join(Mailbox(suite.home), desk, clinic_id, self.other.professional, "professional")
        place = desk.post(
            f"/v1/locations?clinic_id={clinic_id}", {"name": "Studio", "time_zone": "UTC"}, expect=201
        )
        self.other.location_id = place["location_id"]
        people.eventually(lambda: published(self.other.professional, self.other, "").is_success)

    def _as(self, role: str) -> Person:
        phone = Person(self.own.professional._http, self.own.professional.name, role)
        phone._email, phone.password = self.own.professional.email, self.own.professional.password
        phone.id = self.own.professional.id
        phone.sign_in(role=role)
        return phone

    def visit(self, practice: Practice, by: Person | None = None) -> str:
        """A request of the patient's, unless told whose."""
        there = {"location_id": practice.location_id}
        body = practice.body(practice.slots(people.SOON, **there)[0]) | there
        request_id: str = (by or self.patient).post("/v1/requests", body, expect=201)["request_id"]
        return request_id


def published(by: Person, practice: Practice, _: str) -> httpx.Response:
    published = by.get(f"/v1/professionals/{practice.professional.id}/hours")["hours"]
    versions = {each["location_id"]: each["version"] for each in published}
    hours = {"version": versions.get(practice.location_id, 0), "weekly": people.all_day()}
    path = f"/v1/locations/{practice.location_id}/hours"
    return by.send("PUT", path, hours, professional_id=practice.professional.id)


def offered(by: Person, practice: Practice, _: str) -> httpx.Response:
    service = {"name": "Another", "minutes": 30}
    return by.send("POST", "/v1/services", service, professional_id=practice.professional.id)


def listed(by: Person, practice: Practice, _: str) -> httpx.Response:
    return by.send("GET", "/v1/requests", professional_id=practice.professional.id)


def seen(by: Person, _: Practice, request_id: str) -> httpx.Response:
    return by.send("GET", f"/v1/requests/{request_id}")


def confirmed(by: Person, _: Practice, request_id: str) -> httpx.Response:
    return by.send("POST", f"/v1/requests/{request_id}/confirm", {"version": 1})


def cancelled(by: Person, _: Practice, request_id: str) -> httpx.Response:
    return by.send("POST", f"/v1/requests/{request_id}/cancel", {"version": 1})


Send = Callable[[Person, Practice, str], httpx.Response]
OF_A_PRACTICE = [published, offered, listed, seen, confirmed, cancelled]


@pytest.fixture(scope="module")
def trio(embedded: Embedded) -> Iterator[Trio]:
    with people.client(embedded.url) as http:
        yield Trio(http, embedded)


@pytest.mark.parametrize("send", OF_A_PRACTICE)
def test_each_role_acts_where_it_belongs(trio: Trio, send: Send) -> None:
    for role, practice in (("professional", trio.own), ("clinic", trio.other)):
        assert send(trio.as_[role], practice, trio.visit(practice)).is_success


@pytest.mark.parametrize("send", OF_A_PRACTICE)
def test_signed_in_for_a_clinic_she_is_not_the_professional_she_also_is(trio: Trio, send: Send) -> None:
    refused = send(trio.as_["clinic"], trio.own, trio.visit(trio.own))
    assert problem(refused)["code"] == "not_yours"


@pytest.mark.parametrize("send", OF_A_PRACTICE)
def test_signed_in_as_a_professional_she_is_not_the_front_desk_she_also_is(trio: Trio, send: Send) -> None:
    refused = send(trio.as_["professional"], trio.other, trio.visit(trio.other))
    assert problem(refused)["code"] == "not_yours"


@pytest.mark.parametrize("send", [listed, seen, cancelled])
def test_signed_in_as_a_patient_she_is_on_neither_other_side(trio: Trio, send: Send) -> None:
    for practice in (trio.own, trio.other):
        refused = send(trio.as_["patient"], practice, trio.visit(practice))
        assert problem(refused)["code"] == "not_yours"


@pytest.mark.parametrize("send", [published, offered, confirmed])
def test_signed_in_as_a_patient_she_is_told_which_role_it_takes(trio: Trio, send: Send) -> None:
    refused = send(trio.as_["patient"], trio.own, trio.visit(trio.own))
    assert problem(refused)["code"] == "wrong_role"


@pytest.mark.parametrize("send", [seen, cancelled])
def test_her_own_visit_is_hers_as_a_patient_and_not_as_a_professional(trio: Trio, send: Send) -> None:
    hers = trio.visit(trio.other, by=trio.as_["patient"])
    assert problem(send(trio.as_["professional"], trio.other, hers))["code"] == "not_yours"
    assert send(trio.as_["patient"], trio.other, hers).is_success


def test_each_role_has_a_list_of_its_own(trio: Trio) -> None:
    asked, made = trio.visit(trio.own), trio.visit(trio.other, by=trio.as_["patient"])

    def mine(role: str) -> set[str]:
        found = trio.as_[role].get("/v1/requests", limit=100)["requests"]
        return {each["request_id"] for each in found} & {asked, made}

    assert (mine("professional"), mine("patient")) == ({asked}, {made})


def test_a_front_desk_has_no_list_without_a_professional(trio: Trio) -> None:
    found = problem(trio.as_["clinic"].send("GET", "/v1/requests"))
    assert (found["code"], found["field"]) == ("missing_field", "professional_id")
