"""Guests, from the form to the cancelled visit: by the API and by the pages that their link opens."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import icalendar
import jwt
import pytest

from services.accounts.tokens import Signer
from tests.faults import people
from tests.faults.people import Person, Practice
from tests.gateway.test_bad_input import problem
from tests.mails import Mailbox
from tests.suites import Embedded


@dataclass
class Guest:
    """A person without an account, who reads their mail."""

    http: httpx.Client
    mails: Mailbox
    email: str
    token: str = ""

    @property
    def visit(self) -> str:
        claims: dict[str, str] = jwt.decode(self.token, options={"verify_signature": False})
        return f"/v1/requests/{claims['visit']}"

    def ask(self, practice: Practice, *, key: str | None = None, **changes: Any) -> httpx.Response:
        guest = {"name": "Anna Conti", "email": self.email, "phone": "+39 06 6982 0001"}
        body = practice.body(practice.slots(people.SOON)[0]) | {"guest": guest} | changes
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.http.post("/v1/guests/requests", json=body, headers=headers)

    def asked(self, practice: Practice, **changes: Any) -> dict[str, Any]:
        answer = self.ask(practice, **changes)
        assert answer.status_code == 201, answer.text
        self.token = self.mails.token("visit", self.email)
        held: dict[str, Any] = answer.json()
        return held

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid4())}
        return self.http.request(method, path, json=body, headers=headers)

    def open(self, path: str = "/visit") -> httpx.Response:
        return self.http.get(path, params={"token": self.token})

    def press(self, page: httpx.Response, button: str, **typed: str) -> httpx.Response:
        """Send the form of the page that has this button, as a browser does."""
        forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page.text, re.DOTALL)
        [(action, inside)] = [form for form in forms if f">{button}<" in form[1]]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside))
        fields = {name: html.unescape(value) for name, value in hidden.items()} | typed
        media_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post(action, content=urlencode(fields), headers=media_type)


@pytest.fixture(scope="module")
def http(embedded: Embedded) -> Iterator[httpx.Client]:
    with people.client(embedded.url) as client:
        yield client


@pytest.fixture(scope="module")
def practice(http: httpx.Client) -> Practice:
    return Practice(http)


@pytest.fixture
def guest(http: httpx.Client, embedded: Embedded) -> Guest:
    return Guest(http, Mailbox(embedded.home), f"{uuid4()}@example.org")


def waiting(practice: Practice) -> set[str]:
    found = practice.professional.get("/v1/requests", shown="requested", limit=100)["requests"]
    return {each["request_id"] for each in found}


def test_the_practice_sees_a_guest_once_she_has_opened_her_link_and_confirmed(
    guest: Guest, practice: Practice
) -> None:
    held = guest.asked(practice)
    assert held["starts_at"] not in practice.slots(people.SOON)
    assert held["request_id"] not in waiting(practice)
    page = guest.open()
    assert "The practice sees your request once you confirm it." in page.text
    assert held["request_id"] not in waiting(practice), "a GET changes nothing"
    done = guest.press(page, "Yes, I ask for this visit")
    assert (done.status_code, "The practice has your request" in done.text) == (200, True)
    assert held["request_id"] in waiting(practice)
    patient_id = guest.send("GET", guest.visit).json()["patient_id"]
    people.eventually(lambda: practice.professional.send("GET", f"/v1/patients/{patient_id}").is_success)
    seen = practice.professional.get(f"/v1/patients/{patient_id}")
    assert (seen["name"], seen["email"], seen["phone"]) == ("Anna Conti", guest.email, "+390669820001")


def kept(embedded: Embedded, email: str) -> int:
    return embedded.sql("accounts", "select 1 from guests where email = :email", email=email)


def test_a_refused_request_leaves_nothing_of_its_guest_behind(
    http: httpx.Client, embedded: Embedded, practice: Practice
) -> None:
    first, second = (Guest(http, Mailbox(embedded.home), f"{uuid4()}@example.org") for _ in range(2))
    slot, key = practice.slots(people.SOON)[0], str(uuid4())
    held = first.asked(practice, key=key, starts_at=slot)
    for taken in (second.ask(practice, starts_at=slot), second.ask(practice, service_id=str(uuid4()))):
        assert problem(taken)["code"] in ("slot_taken", "outside_hours", "not_a_slot", "unknown_service")
        assert kept(embedded, second.email) == 0
    assert first.ask(practice, key=key, starts_at=slot).json() == held
    other_body = first.ask(practice, key=key, starts_at=slot, details="Something else")
    assert problem(other_body)["code"] == "idempotency_key_reused"
    assert kept(embedded, first.email) == 1
    client = {"new_client": {"name": "Anna Conti", "email": second.email}, "starts_at": slot}
    body = practice.body(slot) | client
    headers = practice.professional.headers | {"Idempotency-Key": str(uuid4())}
    assert http.post("/v1/requests", json=body, headers=headers).status_code in (409, 422)
    assert kept(embedded, second.email) == 0


def test_she_hears_of_the_answer_by_mail_and_cancels_on_the_page(guest: Guest, practice: Practice) -> None:
    guest.asked(practice)
    assert guest.send("POST", f"{guest.visit}/verify").json()["verified"] is True
    practice.professional.post(f"{guest.visit}/confirm", {"version": 2})
    guest.token = guest.mails.token("visit", guest.email)
    page = guest.open()
    assert "Your visit is confirmed." in page.text
    asked = guest.press(page, "Cancel this visit")
    assert "Cancel this visit?" in asked.text
    assert guest.send("GET", guest.visit).json()["status"] == "confirmed", "she was only asked"
    done = guest.press(asked, "Yes, cancel it")
    assert "This visit is cancelled." in done.text
    assert "Take it out of my calendar" in done.text
    assert guest.send("GET", guest.visit).json()["status"] == "cancelled"
    people.eventually(
        lambda: (guest.visit.rpartition("/")[2], "request_cancelled") in people.told(practice.professional)
    )


@pytest.mark.parametrize("then", ["fee", "call_to_cancel", "forbid"])
def test_a_late_cancellation_meets_the_terms_before_it_is_caused(
    http: httpx.Client, guest: Guest, then: str
) -> None:
    practice = Practice(http)
    window: dict[str, Any] = {"hours": 720, "then": then}
    if then == "fee":
        window["fee"] = {"amount_minor": 2500, "currency": "EUR"}
    practice.professional.put("/v1/policy", {"version": 0, "cancel": window})
    listing = practice.professional.get("/v1/listing")
    card = {"version": listing["version"], "contact": {"phone": "+39 06 6982 0001"}}
    practice.professional.put("/v1/listing", card)
    guest.asked(practice)
    guest.send("POST", f"{guest.visit}/verify")
    practice.professional.post(f"{guest.visit}/confirm", {"version": 2})
    asked = guest.press(guest.open(), "Cancel this visit")
    if then == "fee":
        assert "Cancelling now costs €25.00." in asked.text
        assert guest.send("GET", guest.visit).json()["fee"] is None
        guest.press(asked, "Yes, cancel it, and accept the fee")
        now = guest.send("GET", guest.visit).json()
        assert (now["status"], now["fee"]["amount_minor"]) == ("cancelled", 2500)
    else:
        assert asked.status_code == 409
        assert ('href="tel:+390669820001"' in asked.text) == (then == "call_to_cancel")
        assert guest.send("GET", guest.visit).json()["status"] == "confirmed"


def test_what_was_decided_meanwhile_is_told_and_not_cancelled_unseen(
    guest: Guest, practice: Practice
) -> None:
    guest.asked(practice)
    guest.send("POST", f"{guest.visit}/verify")
    asked = guest.press(guest.open(), "Cancel this visit")
    practice.professional.post(f"{guest.visit}/decline", {"version": 2})
    assert guest.press(asked, "Yes, cancel it").status_code == 409


def test_she_puts_it_into_her_calendar(guest: Guest, practice: Practice) -> None:
    held = guest.asked(practice)
    for answer in (guest.open("/visit/calendar.ics"), guest.send("GET", f"{guest.visit}/calendar.ics")):
        [event] = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
        assert event["uid"] == f"{held['request_id']}@healthconnect"
        assert answer.headers["cache-control"] == "no-store"


def test_she_answers_a_question_and_takes_a_proposed_time_on_the_page(
    guest: Guest, practice: Practice
) -> None:
    guest.asked(practice)
    guest.press(guest.open(), "Yes, I ask for this visit")
    question = {"version": 2, "question": "Since <when>?"}
    practice.professional.post(f"{guest.visit}/questions", question, expect=200)
    guest.token = guest.mails.token("visit", guest.email)
    page = guest.open()
    assert "Since &lt;when&gt;?" in page.text
    assert guest.press(page, "Send the answer", answer="").status_code == 422
    answered = guest.press(page, "Send the answer", answer="Since Monday.")
    assert "The practice asks" not in answered.text
    assert guest.send("GET", guest.visit).json()["follow_ups"][0]["answer"] == "Since Monday."
    wanted = {"version": 4, "starts_at": practice.slots(people.SOON)[3]}
    practice.professional.post(f"{guest.visit}/proposals", wanted)
    guest.token = guest.mails.token("visit", guest.email)
    page = guest.open()
    assert "Another time is proposed" in page.text
    taken = guest.press(page, "Take this time")
    assert "Your visit is confirmed." in taken.text
    now = guest.send("GET", guest.visit).json()
    assert (now["status"], now["starts_at"]) == ("confirmed", wanted["starts_at"])
    assert guest.press(page, "Leave it as it was").status_code == 409


def test_her_page_leaves_a_proposed_time_and_says_why_she_was_declined(
    guest: Guest, practice: Practice
) -> None:
    guest.asked(practice)
    guest.press(guest.open(), "Yes, I ask for this visit")
    wanted = {"version": 2, "starts_at": practice.slots(people.SOON)[3]}
    practice.professional.post(f"{guest.visit}/proposals", wanted)
    left = guest.press(guest.open(), "Leave it as it was")
    assert "Another time is proposed" not in left.text
    words = {"version": 4, "reason": "other", "words": "We are <full>."}
    practice.professional.post(f"{guest.visit}/decline", words)
    assert "The practice writes: We are &lt;full&gt;." in guest.open().text


def test_she_joins_a_video_visit_from_the_page_in_its_time(
    embedded: Embedded, guest: Guest, http: httpx.Client
) -> None:
    practice = Practice(http)
    mine = practice.professional.get("/v1/calendar")
    settings = {
        name: mine[name] for name in mine if name not in ("professional_id", "practice_id", "outside")
    }
    practice.professional.put("/v1/calendar", settings | {"video_url": "https://video.example.org/room"})
    online = {"name": "By video", "minutes": 10, "mode": "video"}
    practice.service = practice.professional.post("/v1/services", online, expect=201)
    held = guest.asked(practice)
    guest.press(guest.open(), "Yes, I ask for this visit")
    practice.professional.post(f"{guest.visit}/confirm", {"version": 2})
    assert "Join the video visit" in guest.open().text
    early = guest.open("/visit/video")
    assert (early.status_code, "too early" in early.text) == (409, True)
    times = "starts_at = now(), ends_at = now() + interval '10 minutes'"
    interval = "held = tstzrange(now(), now() + interval '10 minutes')"
    embedded.sql("requests", f"update requests set {times}, {interval} where id = :id", id=held["request_id"])
    joined = guest.open("/visit/video")
    assert (joined.status_code, joined.headers["location"]) == (303, "https://video.example.org/room")


def test_a_link_that_is_out_of_date_is_dead(
    embedded: Embedded, guest: Guest, practice: Practice, http: httpx.Client
) -> None:
    guest.asked(practice)
    claims = jwt.decode(guest.token, options={"verify_signature": False})
    signer, now = Signer.from_file(embedded.home / "token-key.pem"), datetime.now(UTC)
    ids = UUID(claims["sub"]), UUID(claims["visit"])
    guest.token = signer.guest_token(*ids, until=now - timedelta(minutes=1), now=now - timedelta(days=1))
    assert guest.open().status_code == 410
    assert problem(guest.send("GET", guest.visit))["code"] == "not_signed_in"
    patient = people.signed_in(http, "patient")
    joined = patient.send("POST", "/v1/me/guest-visits", {"token": guest.token})
    assert problem(joined)["code"] == "dead_link"


def test_her_link_opens_nothing_else(guest: Guest, practice: Practice, http: httpx.Client) -> None:
    guest.asked(practice)
    patient = people.signed_in(http, "patient")
    other = patient.post("/v1/requests", practice.body(practice.slots(people.SOON)[0]), expect=201)
    path = f"/v1/requests/{other['request_id']}"
    assert problem(guest.send("GET", path))["code"] == "not_yours"
    assert problem(guest.send("POST", f"{path}/cancel", {"version": 1}))["code"] == "not_yours"
    for everything in ("/v1/requests", "/v1/me", "/v1/inbox"):
        assert problem(guest.send("GET", everything))["code"] == "wrong_role"


def test_a_link_that_was_tampered_with_is_dead(guest: Guest, practice: Practice) -> None:
    guest.asked(practice)
    good = guest.token
    head, claims, signature = good.split(".")
    for bad in (
        "",
        "nonsense",
        f"{head}.{claims}.",
        f"{head}.{claims[:-4]}AAAA.{signature}",
        jwt.encode({"sub": str(uuid4()), "visit": str(uuid4())}, None, algorithm="none"),
    ):
        guest.token = bad
        answer = guest.open()
        assert answer.status_code in (410, 422), bad
        assert "Traceback" not in answer.text
    guest.token = good
    assert guest.open().status_code == 200


def test_an_access_token_is_no_link(guest: Guest, practice: Practice, http: httpx.Client) -> None:
    guest.asked(practice)
    guest.token = people.signed_in(http, "patient").session["access_token"]
    assert guest.open().status_code == 410


def test_asked_twice_with_one_key_it_is_one_request(guest: Guest, practice: Practice) -> None:
    slots = practice.slots(people.SOON)
    first, again = (guest.ask(practice, key="a-key-of-mine", starts_at=slots[0]) for _ in range(2))
    assert first.status_code == 201
    assert first.json() == again.json()
    other = guest.ask(practice, key="a-key-of-mine", starts_at=slots[1])
    assert problem(other)["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"guest": {"name": "Anna"}}, "missing_field", "guest.email"),
        ({"guest": {"name": "Anna", "email": "nonsense"}}, "invalid_email", "guest.email"),
        ({"guest": {"name": "", "email": "a@example.org"}}, "invalid_value", "guest.name"),
        (
            {"guest": {"name": "Anna", "email": "a@example.org", "phone": "12"}},
            "invalid_phone",
            "guest.phone",
        ),
        ({"patient_id": str(uuid4())}, "unknown_field", "patient_id"),
        ({"starts_at": "2020-01-01T09:00:00Z"}, "in_the_past", "starts_at"),
        ({"professional_id": str(uuid4())}, "unknown_professional", "professional_id"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_bad_input_is_told_plainly(
    guest: Guest, practice: Practice, changes: dict[str, Any], code: str, field: str
) -> None:
    found = problem(guest.ask(practice, **changes))
    assert (found["code"], found["field"]) == (code, field)


def test_a_service_for_known_patients_is_not_for_guests(guest: Guest, practice: Practice) -> None:
    known_only = {"name": "Check-up", "minutes": 10, "new_patients": False}
    service = practice.professional.post("/v1/services", known_only, expect=201)
    refused = guest.ask(practice, service_id=service["service_id"])
    assert problem(refused)["code"] == "existing_patients_only"


def test_later_it_is_in_an_account_and_the_link_says_so_and_leads_there(
    guest: Guest, practice: Practice, http: httpx.Client
) -> None:
    held = guest.asked(practice, details="A cough.")
    guest.send("POST", f"{guest.visit}/verify")
    anna = Person(http, "Anna Conti", "patient")
    anna._email = guest.email
    anna.register()
    anna.sign_in()
    assert anna.send("POST", "/v1/me/guest-visits", {"token": guest.token}).status_code == 204
    people.eventually(lambda: bool(anna.get("/v1/requests")["requests"]))
    [mine] = anna.get("/v1/requests")["requests"]
    assert (mine["request_id"], mine["details"], mine["patient_id"]) == (
        held["request_id"],
        "A cough.",
        anna.id,
    )
    told = guest.send("GET", guest.visit)
    assert (told.status_code, told.json()["code"]) == (410, "joined_account")
    assert told.json()["sign_in"] == "/v1/sessions"
    page = guest.open()
    assert page.status_code == 410
    assert "sign in as a patient" in page.text
    seen = practice.professional.post(f"{guest.visit}/confirm", {"version": mine["version"]})
    assert (seen["patient_id"], seen["details"]) == (anna.id, "A cough.")
    people.eventually(lambda: (held["request_id"], "request_confirmed") in people.told(anna))
    bruno = people.signed_in(http, "patient")
    stolen = bruno.send("POST", "/v1/me/guest-visits", {"token": guest.token})
    assert problem(stolen)["code"] == "already_joined"


def test_a_form_mails_a_fresh_link_and_tells_nobody_who_is_known(guest: Guest, practice: Practice) -> None:
    guest.asked(practice)
    guest.token = "nonsense"
    dead = guest.open()
    assert dead.status_code == 410
    assert 'href="/visit/link"' in dead.text
    form = guest.http.get("/visit/link")
    assert 'action="/visit/link"' in form.text
    answers = [
        guest.http.post("/visit/link", data={"email": email}) for email in (f"x{guest.email}", guest.email)
    ]
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text == answers[1].text
    guest.token = guest.mails.token("visit", guest.email)
    assert guest.open().status_code == 200
    assert guest.http.post("/visit/link", data={"email": "nonsense"}).status_code == 422
    asked = guest.http.post("/v1/guests/links", json={"email": guest.email})
    assert asked.status_code == 204
    assert guest.mails.token("visit", guest.email)


def test_a_link_to_another_address_joins_nothing(
    guest: Guest, practice: Practice, http: httpx.Client
) -> None:
    guest.asked(practice)
    bruno = people.signed_in(http, "patient")
    assert (
        problem(bruno.send("POST", "/v1/me/guest-visits", {"token": guest.token}))["code"] == "other_address"
    )
    nonsense = bruno.send("POST", "/v1/me/guest-visits", {"token": "nonsense"})
    assert problem(nonsense)["code"] == "dead_link"


def test_the_practice_books_for_a_new_client_who_gets_her_link(guest: Guest, practice: Practice) -> None:
    body = practice.body(practice.slots(people.SOON)[0])
    client = {"new_client": {"name": "Anna Conti", "email": guest.email}}
    booked = practice.professional.post("/v1/requests", body | client, expect=201)
    assert (booked["status"], booked["submitted_by"]) == ("confirmed", "professional")
    guest.token = guest.mails.token("visit", guest.email)
    assert "Your visit is confirmed." in guest.open().text
    patient = {"patient_id": booked["patient_id"]}
    both = practice.professional.send("POST", "/v1/requests", body | client | patient)
    assert problem(both)["code"] == "invalid_value"


def test_a_patient_asks_for_no_new_clients(practice: Practice, http: httpx.Client) -> None:
    patient = people.signed_in(http, "patient")
    body = practice.body(practice.slots(people.SOON)[0])
    client = {"new_client": {"name": "Anna Conti", "email": "anna@example.org"}}
    assert problem(patient.send("POST", "/v1/requests", body | client))["code"] == "not_yours"


def test_a_guest_has_herself_erased_on_the_page(guest: Guest, practice: Practice) -> None:
    guest.asked(practice, details="A cough.")
    guest.send("POST", f"{guest.visit}/verify")
    page = guest.open("/visit/forget")
    assert guest.send("GET", guest.visit).json()["status"] == "pending", "a GET changes nothing"
    assert "Your data are erased" in guest.press(page, "Erase my data").text
    people.eventually(lambda: practice.professional.get(guest.visit)["status"] == "cancelled")
    left = practice.professional.get(guest.visit)
    assert left["details"] == ""
    assert (
        problem(practice.professional.send("GET", f"/v1/patients/{left['patient_id']}"))["code"]
        == "not_yours"
    )
