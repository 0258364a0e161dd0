"""Every PUT can be sent again: what changes nothing is answered as before, and moves no version."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults import people
from tests.faults.people import Person
from tests.gateway.conftest import Api
from tests.mails import Mailbox

Body = dict[str, Any]


@dataclass
class Put:
    """One operation, sent by `who` to `path`; `first` and `other` are bodies without a version."""

    who: Person
    path: str
    first: Body
    other: Body
    has_version: bool = True

    def send(self, body: Body, version: int) -> httpx.Response:
        return self.who.send("PUT", self.path, body | ({"version": version} if self.has_version else {}))


@dataclass
class House:
    api: Api
    owner: Person
    member: Person
    clinic_id: str

    def put(self, operation: str) -> tuple[Put, int]:
        """The operation, and the version of what it changes."""
        pro, patient = self.api.professional, self.api.patient
        place = {"name": "Studio", "time_zone": "Europe/Rome"}
        match operation:
            case "/v1/me":
                return Put(patient, operation, {"name": "Anna"}, {"name": "Anna Conti"}), (
                    patient.get("/v1/me")["version"]
                )
            case "/v1/me/dependents/{dependent_id}":
                kim = {"name": "Kim", "relationship": "child"}
                made = patient.post("/v1/me/dependents", kim, expect=201)
                path = operation.format(**made)
                return Put(patient, path, kim | {"born_on": "2020-02-03"}, kim), 1
            case "/v1/listing":
                seen = pro.get(f"/v1/professionals/{pro.id}")
                return Put(pro, operation, {"specialties": ["nursing"]}, {"listed": False}), seen["version"]
            case "/v1/clinics/{clinic_id}":
                place = {"latitude": 41.8902, "longitude": 12.4922, "address": "Piazza"}
                path = operation.format(clinic_id=self.clinic_id)
                first = {"name": "The Other Clinic", "place": place}
                return Put(self.owner, path, first, {"name": "The Clinic"}), 1
            case "/v1/clinics/{clinic_id}/members/{person_id}":
                path = operation.format(clinic_id=self.clinic_id, person_id=self.member.id)
                return Put(self.owner, path, {"role": "owner"}, {"role": "staff"}, has_version=False), 0
            case "/v1/locations/{location_id}":
                made = pro.post("/v1/locations", place, expect=201)
                path = operation.format(**made)
                return Put(pro, path, {"name": "Studio", "country": "IT"}, {"name": "Other"}), 1
            case "/v1/locations/{location_id}/hours":
                made = pro.post("/v1/locations", place, expect=201)
                monday = {"weekday": "monday", "opens": "09:00", "closes": "12:00"}
                path = operation.format(**made)
                return Put(pro, path, {"weekly": [monday]}, {"weekly": []}), 0
            case "/v1/services/{service_id}":
                visit = {"name": "Visit", "minutes": 10}
                made = pro.post("/v1/services", visit, expect=201)
                changed = visit | {"price": {"amount_minor": 100, "currency": "EUR"}}
                return Put(pro, operation.format(**made), changed, visit | {"offered": False}), 1
            case "/v1/calendar":
                return Put(pro, operation, {"lead_minutes": 30}, {"lead_minutes": 60}), 0
            case "/v1/policy":
                return Put(pro, operation, {"joiners": 2, "open_per_patient": 3}, {"joiners": 3}), 0
        raise LookupError(f"write down how {operation} is sent")


def _operations() -> list[str]:
    described = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
    return sorted(path for path, item in described["paths"].items() if "put" in item)


@pytest.fixture(scope="module")
def house(api: Api) -> House:
    owner, member = people.signed_in(api.http, "clinic"), people.signed_in(api.http, "clinic")
    clinic = owner.post("/v1/clinics", {"name": "The Clinic"}, expect=201)
    people.join(Mailbox(api.suite.home), owner, clinic["clinic_id"], member, "staff")
    return House(api, owner, member, clinic["clinic_id"])


@pytest.mark.parametrize("operation", _operations())
def test_what_is_put_again_is_answered_as_before_and_changes_nothing(house: House, operation: str) -> None:
    put, seen = house.put(operation)
    changed = put.send(put.first, seen)
    assert changed.status_code == 200, changed.text
    again = put.send(put.first, seen)
    assert (again.status_code, again.json()) == (200, changed.json())
    if not put.has_version:
        return
    assert changed.json()["version"] == seen + 1
    unchanged = put.send(put.first, seen + 1)
    assert (unchanged.status_code, unchanged.json()) == (200, changed.json())
    stale = put.send(put.other, seen)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    other = put.send(put.other, seen + 1)
    assert (other.status_code, other.json()["version"]) == (200, seen + 2)
    late = put.send(put.first, seen)
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
