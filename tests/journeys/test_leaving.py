"""People leave for good: whatever they wrote is found in no database afterwards, and nobody is left waiting.

Every field in which words can be sent, of every operation, is filled with a word of its own.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pyotp
import pytest
import sqlalchemy as sa

from deploy import contracts
from tests import brokers, suites
from tests.accounts.authenticator import Authenticator
from tests.databases import Server
from tests.faults import people
from tests.faults.people import Person
from tests.gateway.test_bad_input import problem
from tests.mails import Mailbox

GRACE = timedelta(seconds=8)
HOLD_NO_WORDS = {
    *("token", "refresh_token", "code", "credential{}", "passkey.credential{}"),  # ours, handed out before
    *("languages", "locale", "time_zone", "weekly.opens", "weekly.closes"),  # one of a few
    *("hours.opens", "hours.closes", "country", "subdivision"),
}
SEALED = {"details", "joiners", "words", "question", "answer", "decisions.words"}
"""The notes about requests: no database ever holds them in plain text."""
NEVER_KEPT = {"password", "current"} | SEALED
TICKET = {"topic": "support", "role": "patient", "device_type": "android"}


@pytest.fixture(scope="module", params=["embedded", "amqp"])
def suite(request: pytest.FixtureRequest, database: Server) -> Iterator[suites.Suite]:
    """A suite in which there is little time to change one's mind."""
    settings = {"HC_DELETION_GRACE": f"PT{GRACE.seconds}S"}
    if request.param == "embedded":
        with suites.Embedded(**settings) as embedded:
            yield embedded
    else:
        broker: brokers.Broker = request.getfixturevalue("broker")
        suites.alone_on(broker.uri)
        with suites.Amqp(broker.uri, database.new, **settings) as amqp:
            yield amqp


@pytest.fixture
def http(suite: suites.Suite) -> Iterator[httpx.Client]:
    with people.client(suite.url) as client:
        yield client


class Planter:
    """Sends words that nobody else uses, and remembers in which field of which operation."""

    def __init__(self) -> None:
        self.planted: dict[tuple[str, str], set[str]] = {}

    def word(self) -> str:
        return f"canary{uuid4().hex[:12]}"

    def address(self) -> str:
        return f"{self.word()}@story.example"

    def number(self) -> str:
        return f"+3906698{random.randrange(10**4, 10**5)}"

    def send(self, by: Person, operation: str, body: dict[str, Any], **path: str) -> Any:
        self.planted.setdefault((operation, ""), set())
        for field, value in _leaves(body):
            if "canary" in value or value.startswith("+3906698"):
                self.planted.setdefault((operation, field), set()).add(value)
        answer = by.send(*operation.format(**path).split(), body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def words(self, *, kept: bool) -> set[str]:
        """Traces that are found as long as the person is here; or those that never are."""
        return {
            word
            for (_, field), words in self.planted.items()
            if (field in NEVER_KEPT) != kept
            for word in words
        }


def _leaves(body: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _leaves(value, f"{field}.{name}" if field else name)
    elif isinstance(body, list):
        for each in body:
            yield from _leaves(each, field)
    elif isinstance(body, str):
        yield field, body


def fields_with_words() -> set[tuple[str, str]]:
    """As the API describes itself: every text that is not one of a few."""
    description = contracts.openapi()
    shapes = description["components"]["schemas"]

    def texts(shape: dict[str, Any], field: str) -> Iterator[str]:
        if "$ref" in shape:
            shape = shapes[shape["$ref"].rpartition("/")[2]]
        for way in shape.get("anyOf", []):
            yield from texts(way, field)
        for name, part in shape.get("properties", {}).items():
            yield from texts(part, f"{field}.{name}" if field else name)
        if shape.get("type") == "array":
            yield from texts(shape["items"], field)
        if shape.get("type") == "object" and "properties" not in shape:
            yield f"{field}{{}}"
        free = not shape.keys() & {"enum", "const"} and shape.get("format") not in (
            "uuid",
            "date",
            "date-time",
        )
        if shape.get("type") == "string" and free:
            yield field

    return {
        (f"{method.upper()} {path}", field)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
        for field in texts(operation["requestBody"]["content"]["application/json"]["schema"], "")
        if field not in HOLD_NO_WORDS and not field.endswith(".currency")
    }


def newcomer(http: httpx.Client, plant: Planter, role: str) -> Person:
    person = Person(http, plant.word(), role)
    person._email, person.password = plant.address(), plant.word()
    body = {"email": person.email, "password": person.password, "name": person.name, "role": role}
    plant.send(person, "POST /v1/accounts", body)
    person.password = plant.word()
    token = Mailbox(suite_of(http).home).token("registration", person.email)
    proof = {"token": token, "password": person.password}
    person.id = plant.send(person, "POST /v1/accounts/confirm-by-link", proof)["account_id"]
    sign_in(person, plant)
    profile = {
        "version": 1,
        "name": person.name,
        "phone": plant.number(),
        "photo_url": f"https://example.org/{plant.word()}.jpg",
        "languages": ["it"],
        "time_zone": "Europe/Rome",
        "locale": "it-IT",
    }
    plant.send(person, "PUT /v1/me", profile)
    return person


def suite_of(http: httpx.Client) -> suites.Suite:
    suite = suites.at(http)
    assert isinstance(suite, suites.Suite)
    return suite


def sign_in(person: Person, plant: Planter) -> None:
    device = {"device_id": str(uuid4()), "name": plant.word()}
    body = {"email": person.email, "password": person.password, "role": person.role, "device": device}
    person.session = plant.send(person, "POST /v1/sessions", body)
    person.headers["Authorization"] = f"Bearer {person.session['access_token']}"


def forget_password(person: Person, plant: Planter, mails: Mailbox) -> None:
    plant.send(person, "POST /v1/password-resets", {"email": person.email})
    person.password = plant.word()
    token = mails.token("reset", person.email)
    plant.send(person, "POST /v1/password-resets/confirm", {"token": token, "password": person.password})
    del person.headers["Authorization"]
    sign_in(person, plant)
    new = plant.word()
    plant.send(person, "POST /v1/me/password", {"current": person.password, "password": new})
    person.password = new


def add_passkey(person: Person, plant: Planter) -> None:
    authenticator = Authenticator()
    asked = person.post("/v1/me/passkeys/options", None)
    credential = authenticator.create(asked["options"])
    body = {"challenge_id": asked["challenge_id"], "name": plant.word(), "credential": credential}
    plant.send(person, "POST /v1/me/passkeys", body)
    asked = person.post("/v1/sessions/passkey/options", None)
    credential = authenticator.get(asked["options"])
    body = {"challenge_id": asked["challenge_id"], "credential": credential, "device": {"name": plant.word()}}
    plant.send(person, "POST /v1/sessions/passkey", body)


def lose_factor(person: Person, plant: Planter, support: Person) -> None:
    """And find it again: what support was asked for is stopped."""
    plant.send(person, "POST /v1/me/proof", {"password": person.password})
    secret = person.post("/v1/me/totp", None)["secret"]
    recovery = person.post("/v1/me/totp/confirm", {"code": pyotp.TOTP(secret).now()})["codes"]
    plant.send(support, "POST /v1/factor-removals", {"email": person.email})
    assert person.send("POST", "/v1/me/totp/remove", {"code": recovery[0]}).is_success


def card(plant: Planter) -> dict[str, Any]:
    return {
        "contact": {"phone": plant.number(), "text": plant.number(), "email": plant.address()},
        "place": {"address": plant.word(), "latitude": 41.9, "longitude": 12.5},
    }


def a_patient(http: httpx.Client, plant: Planter, mails: Mailbox, support: Person) -> Person:
    """Of whom there is something in every place where a patient can leave something."""
    she = newcomer(http, plant, "patient")
    forget_password(she, plant, mails)
    plant.send(she, "POST /v1/me/proof", {"password": she.password})
    plant.send(she, "POST /v1/me/email", {"email": plant.address()})
    add_passkey(she, plant)
    lose_factor(she, plant, support)
    luca = {"name": plant.word(), "relationship": "child"}
    plant.send(she, "POST /v1/me/dependents", luca)
    changed = {"name": plant.word(), "relationship": "child"}
    made = plant.send(she, "POST /v1/me/dependents", changed)
    plant.send(
        she,
        "PUT /v1/me/dependents/{dependent_id}",
        changed | {"version": 1},
        dependent_id=made["dependent_id"],
    )
    write_to_support(she, plant, support)
    stranger = Person(http, "Somebody", "patient")
    words = {"app_version": plant.word(), "description": plant.word(), "email": she.email}
    plant.send(stranger, "POST /v1/tickets", TICKET | words)
    return she


def write_to_support(she: Person, plant: Planter, support: Person) -> None:
    words = {"app_version": plant.word(), "description": plant.word(), "email": plant.address()}
    sent = plant.send(she, "POST /v1/tickets", TICKET | words)
    answer = {"version": 1, "text": plant.word()}
    plant.send(support, "POST /v1/tickets/{ticket_id}/answer", answer, ticket_id=sent["ticket_id"])


class Guests:
    """Guests: one who sends a request, and one for whom the practice sends it."""

    def __init__(self, http: httpx.Client, plant: Planter, mails: Mailbox, practice: people.Practice) -> None:
        self._http, self._mails = http, mails
        stranger, slots = Person(http, "Somebody", "patient"), practice.slots(people.SOON)
        asked = {"details": plant.word(), "joiners": [plant.word()]}
        first, second = (
            {"name": plant.word(), "email": plant.address(), "phone": plant.number()} for _ in range(2)
        )
        self.emails = first["email"], second["email"]
        hers = practice.body(slots[5]) | asked | {"guest": first}
        plant.send(stranger, "POST /v1/guests/requests", hers)
        plant.send(stranger, "POST /v1/guests/links", {"email": first["email"]})
        booked = practice.body(slots[6]) | {"new_client": second}
        plant.send(practice.professional, "POST /v1/requests", booked)

    def leave(self) -> None:
        """By the links that were mailed to them."""
        for email in self.emails:
            token = self._mails.token("visit", email)
            visit = jwt.decode(token, options={"verify_signature": False})["visit"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = self._http.delete(f"/v1/requests/{visit}/guest", headers=headers)
            assert answer.status_code == 204, answer.text


class LeavingPractice(people.Practice):
    """The traces of a professional who left something wherever they could."""

    def __init__(self, http: httpx.Client, plant: Planter) -> None:
        self.professional = she = newcomer(http, plant, "professional")
        plant.send(she, "PUT /v1/listing", card(plant) | {"version": she.get("/v1/listing")["version"]})
        place = {"name": plant.word(), "address": plant.word(), "time_zone": "UTC"}
        self.location_id = plant.send(she, "POST /v1/locations", place)["location_id"]
        hours = {"version": 0, "weekly": people.all_day()}
        plant.send(she, "PUT /v1/locations/{location_id}/hours", hours, location_id=self.location_id)
        kept = {"version": 1, "name": place["name"], "address": place["address"]}
        plant.send(she, "PUT /v1/locations/{location_id}", kept, location_id=self.location_id)
        self.service = plant.send(she, "POST /v1/services", {"name": plant.word(), "minutes": 10})
        calendar = she.get(f"/v1/professionals/{she.id}/calendar")
        settings = {"version": calendar["version"], "video_url": f"https://example.org/{plant.word()}"}
        plant.send(she, "PUT /v1/calendar", settings)
        check_up = {"name": plant.word(), "minutes": 10}
        other = plant.send(she, "POST /v1/services", check_up)
        kept = check_up | {"version": 1}
        plant.send(she, "PUT /v1/services/{service_id}", kept, service_id=other["service_id"])
        she.post("/v1/me/roles", {"role": "clinic"})
        desk = she.another_phone()
        desk.role = "clinic"
        desk.sign_in(role="clinic")
        clinic = {"name": plant.word()} | card(plant)
        self.clinic_id = plant.send(desk, "POST /v1/clinics", clinic)["clinic_id"]
        at = {"clinic_id": self.clinic_id}
        plant.send(desk, "PUT /v1/clinics/{clinic_id}", clinic | {"version": 1}, **at)
        invited = {"email": plant.address(), "role": "staff"}
        plant.send(desk, "POST /v1/clinics/{clinic_id}/invitations", invited, **at)


def ask_and_confirm(professional: Person, patient: Person, visit: dict[str, Any], plant: Planter) -> None:
    path = {"request_id": visit["request_id"]}
    question = {"version": 1, "question": plant.word()}
    asked = plant.send(professional, "POST /v1/requests/{request_id}/questions", question, **path)
    path["follow_up_id"] = asked["follow_ups"][0]["follow_up_id"]
    answer = {"version": 2, "answer": plant.word()}
    operation = "POST /v1/requests/{request_id}/questions/{follow_up_id}/answer"
    plant.send(patient, operation, answer, **path)
    professional.post(f"/v1/requests/{visit['request_id']}/confirm", {"version": 3})


def turn_down(professional: Person, one: dict[str, Any], other: dict[str, Any], plant: Planter) -> None:
    operation = "POST /v1/requests/{request_id}/decline"
    words = {"version": 1, "words": plant.word()}
    plant.send(professional, operation, words, request_id=one["request_id"])
    decision = {"request_id": other["request_id"], "version": 1, "decision": "decline", "words": plant.word()}
    plant.send(professional, "POST /v1/requests/decisions", {"decisions": [decision]})


def invite(http: httpx.Client, plant: Planter, person: Person) -> None:
    """A clinic that stays invites somebody who leaves."""
    owner = people.signed_in(http, "clinic")
    clinic_id = owner.post("/v1/clinics", {"name": "Studio"}, expect=201)["clinic_id"]
    body = {"email": person.email, "role": "professional"}
    plant.send(owner, "POST /v1/clinics/{clinic_id}/invitations", body, clinic_id=clinic_id)


def found(suite: suites.Suite, words: set[str]) -> dict[str, set[str]]:
    """In which tables each of `words` is found, in whichever database."""
    places: dict[str, set[str]] = {}
    for name, url in suite.database_urls().items():
        engine = sa.create_engine(url)
        with engine.connect() as conn:
            for table in sa.inspect(conn).get_table_names():
                rows = "\n".join(conn.execute(sa.text(f'select t::text from "{table}" t')).scalars())
                for word in words:
                    if word in rows or word.encode().hex() in rows:
                        places.setdefault(word, set()).add(f"{name}.{table}")
        engine.dispose()
    return places


def deletion_of(support: Person, person: Person) -> dict[str, Any]:
    listed = support.get("/v1/deletions", limit=100)["deletions"]
    one: dict[str, Any] = next(each for each in listed if each["person_id"] == person.id)
    return one


def is_erased(support: Person, person: Person) -> bool:
    one = deletion_of(support, person)
    return one["state"] == "erased" and one["done_by"] == ["accounts", "notify", "requests"]


def test_of_those_who_left_no_word_is_found_anywhere(suite: suites.Suite, http: httpx.Client) -> None:
    plant, mails = Planter(), Mailbox(suite.home)
    support = people.support(http, suite)
    she = a_patient(http, plant, mails, support)
    leaving = LeavingPractice(http, plant)
    he = leaving.professional
    invite(http, plant, he)
    stays, friend = people.Practice(http), people.signed_in(http, "patient")

    slots = stays.slots(people.SOON)
    asked = [stays.body(slot) | {"details": plant.word(), "joiners": [plant.word()]} for slot in slots[:3]]
    hers, turned_down, also_turned_down = [plant.send(she, "POST /v1/requests", body) for body in asked]
    ask_and_confirm(stays.professional, she, hers, plant)
    turn_down(stays.professional, turned_down, also_turned_down, plant)
    friends = friend.post("/v1/requests", leaving.body(leaving.slots(people.SOON)[0]), expect=201)
    guests = Guests(http, plant, mails, stays)
    for person in (she, he):
        plant.send(person, "POST /v1/deletions", {"email": person.email})

    kept = plant.words(kept=True)
    assert {each for each in plant.planted if each[1]} == fields_with_words()
    assert kept - found(suite, kept).keys() == set(), "the search does not find what is there"
    assert found(suite, plant.words(kept=False)) == {}

    guests.leave()
    for person in (she, he):
        token = mails.token("deletion", person.email)
        closed = person.post("/v1/deletions/confirm", {"token": token})
        assert datetime.fromisoformat(closed["erases_at"]) <= datetime.now(UTC) + GRACE
        assert {each["service"] for each in closed["kept"]} == {"accounts", "requests"}
        credentials = {"email": person.email, "password": person.password, "role": person.role}
        assert problem(http.post("/v1/sessions", json=credentials))["code"] == "account_closed"
        people.eventually(lambda p=person: p.send("GET", "/v1/me").status_code == 401, within=1)

    for person in (she, he):
        people.eventually(lambda p=person: is_erased(support, p))
        assert {each["service"] for each in deletion_of(support, person)["kept"]} == {"accounts", "requests"}
        credentials = {"email": person.email, "password": person.password}
        assert problem(http.post("/v1/sessions", json=credentials))["code"] == "wrong_credentials"
        people.eventually(lambda p=person: _was_told_of_the_end(mails, p))

    everything = kept | plant.words(kept=False)
    people.eventually(lambda: found(suite, everything) == {})
    assert not [word for word in everything for log in suite.home.glob("*.log") if word in log.read_text()]

    for person, visit in ((stays.professional, hers), (friend, friends)):
        now = person.get(f"/v1/requests/{visit['request_id']}")
        assert (now["status"], now["details"]) == ("cancelled", "")
        told = (visit["request_id"], "request_cancelled")
        people.eventually(lambda p=person, t=told: t in people.told(p))
    past = stays.professional.get(f"/v1/requests/{turned_down['request_id']}")
    assert (past["status"], past["details"]) == ("declined", "")
    assert friend.get(f"/v1/requests/{friends['request_id']}")["service_name"] == "Former service"
    assert slots[0] in stays.slots(people.SOON), "her time is free again"

    gone = {
        f"/v1/professionals/{he.id}": "unknown_professional",
        f"/v1/professionals/{he.id}/hours": "unknown_professional",
        f"/v1/clinics/{leaving.clinic_id}": "unknown_clinic",
    }
    for path, code in gone.items():
        assert problem(http.get(path))["code"] == code
    assert problem(stays.professional.send("GET", f"/v1/patients/{she.id}"))["code"] == "not_yours"


def _was_told_of_the_end(mails: Mailbox, person: Person) -> bool:
    return any(mail.subject == "Your account is erased" for mail in mails.waiting(person.email))


def test_who_changes_her_mind_in_time_is_back_though_her_visits_are_not(
    suite: suites.Suite, http: httpx.Client
) -> None:
    mails, support = Mailbox(suite.home), people.support(http, suite)
    practice, patient = people.Practice(http), people.signed_in(http, "patient")
    she = practice.professional
    slot = practice.slots(people.SOON)[0]
    visit = patient.post("/v1/requests", practice.body(slot), expect=201)
    assert she.send("POST", "/v1/me/deletion").status_code == 204
    she.post("/v1/deletions/confirm", {"token": mails.token("deletion", she.email)})
    assert http.get(f"/v1/professionals/{she.id}").json()["listed"] is False
    people.eventually(lambda: (visit["request_id"], "request_cancelled") in people.told(patient))
    refusal = problem(people.submit(http, patient, practice.body(slot)))
    assert refusal["code"] == "unknown_professional"

    keep = {"token": mails.token("keep", she.email)}
    assert http.post("/v1/deletions/cancel", json=keep).status_code == 204
    she.sign_in()
    people.eventually(lambda: datetime.now(UTC) > _end_of_grace(support, she), within=GRACE.seconds + 2)
    people.eventually(lambda: deletion_of(support, she)["state"] == "kept", within=2)
    assert http.get(f"/v1/professionals/{she.id}").json()["listed"] is True
    assert she.get(f"/v1/requests/{visit['request_id']}")["status"] == "cancelled"
    assert people.submit(http, patient, practice.body(slot)).status_code == 201
    assert problem(http.post("/v1/deletions/cancel", json=keep))["code"] == "dead_link"


def _end_of_grace(support: Person, person: Person) -> datetime:
    """And a timer's beat after it."""
    return datetime.fromisoformat(deletion_of(support, person)["erases_at"]) + timedelta(seconds=2)
