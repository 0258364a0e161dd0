"""The story of one visit, over HTTP, with every step observed: what `make demo` shows and tests check."""

import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

SETTLES_WITHIN = 10.0  # seconds an event may take to reach an inbox


Mailed = Callable[[str], str]
"""Answers with the text of the newest mail to an address, or with nothing."""


class NotObserved(AssertionError):
    """A step did not go as the story says."""


class Person:
    """A person with an account and a phone."""

    def __init__(self, http: httpx.Client, name: str, role: str) -> None:
        self.name, self.role, self._http = name, role, http
        self._email = f"{role}.{uuid4().hex[:12]}@story.example"
        self._password = uuid4().hex
        self.headers: dict[str, str] = {}

    def register(self, mailed: Mailed) -> None:
        """Register, read the code in the mail, and type it in the app."""
        body = {"email": self._email, "password": self._password, "name": self.name, "role": self.role}
        before = mailed(self._email)
        begun = self.post("/v1/accounts", body, expect=202)
        _eventually(lambda: mailed(self._email) != before, True)
        proof = {"registration_id": begun["registration_id"], "code": code_in(mailed(self._email))}
        self.id = self.post("/v1/accounts/confirm", proof, expect=201)["account_id"]

    def sign_in(self) -> None:
        self.use(self.post("/v1/sessions", {"email": self._email, "password": self._password}))

    def use(self, session: dict[str, Any]) -> None:
        """Go on with the tokens of `session`."""
        self.headers["Authorization"] = f"Bearer {session['access_token']}"
        self.refresh_token: str = session["refresh_token"]

    def get(self, path: str, **params: Any) -> Any:
        return self._observed(self._http.get(path, params=params, headers=self.headers), 200)

    def delete(self, path: str) -> None:
        self._observed(self._http.delete(path, headers=self.headers), 204)

    def put(self, path: str, body: Any) -> Any:
        return self._observed(self._http.put(path, json=body, headers=self.headers), 200)

    def post(self, path: str, body: Any, *, expect: int = 200, key: str | None = None) -> Any:
        headers = self.headers | {"Idempotency-Key": key or str(uuid4())}
        return self._observed(self._http.post(path, json=body, headers=headers), expect)

    def inbox(self) -> list[str]:
        """Return the items of their inbox, in the order in which they happened."""
        return [item["kind"] for item in reversed(self.get("/v1/inbox")["items"])]

    def _observed(self, response: httpx.Response, expected: int) -> Any:
        if response.status_code != expected:
            raise NotObserved(
                f"{response.request.method} {response.request.url.path} answered "
                f"{response.status_code}, not {expected}: {response.text}"
            )
        return response.json() if response.content else None


LATE = {"amount_minor": 2500, "currency": "EUR"}
Step = tuple[str, str, str]
"""A step of the story: a person, their act, and its observed outcome."""


def tell(http: httpx.Client, mailed: Mailed) -> Iterator[Step]:
    """Play the story and yield each step once it was observed. Raises NotObserved."""
    anna, bruno = Person(http, "Anna", "patient"), Person(http, "Bruno", "patient")
    rossi = Person(http, "Dr. Rossi", "professional")

    for person in (anna, bruno, rossi):
        person.register(mailed)
        yield person.name, f"registers as a {person.role}", "the account begins with the mailed code"
        person.sign_in()
        yield person.name, "signs in", "an access token"

    location = rossi.post("/v1/locations", {"name": "Studio", "time_zone": "Europe/Rome"}, expect=201)
    rossi.put(f"/v1/locations/{location['location_id']}/hours", _hours())
    service = rossi.post(
        "/v1/services", {"name": "First visit", "kind": "first_visit", "minutes": 30}, expect=201
    )
    yield rossi.name, "publishes weekly hours and one service", f"{service['minutes']} minutes"

    rossi.put("/v1/policy", {"version": 0, "cancel": {"hours": 720, "then": "fee", "fee": LATE}})
    yield rossi.name, "sets a late cancellation fee", "25.00 EUR, less than 720 hours before"

    _eventually(lambda: _finds(anna, "Rosi", rossi), True)
    yield (
        anna.name,
        'looks for "Rosi" who offers first visits',
        f"{rossi.name} is found, with the next free time",
    )

    slots = _slots(anna, rossi, service)
    wanted = slots[0]
    yield anna.name, "looks for free slots of a week", f"{len(slots)} free, the first {_short(wanted)}"

    body = {
        "professional_id": rossi.id,
        "service_id": service["service_id"],
        "starts_at": wanted["starts_at"],
        "details": "A first visit, please.",
    }
    key = str(uuid4())
    request = anna.post("/v1/requests", body, expect=201, key=key)
    _expect(request["status"], "pending")
    yield anna.name, "asks for that time", "201, the request is pending"

    again = anna.post("/v1/requests", body, expect=201, key=key)
    _expect(again["request_id"], request["request_id"])
    yield anna.name, "repeats the call with the same key", "the same request, not a second one"

    _eventually(lambda: rossi.inbox(), ["request_submitted"])
    yield rossi.name, "reads the inbox", "1 new item"

    _eventually(lambda: _sees(rossi, anna), anna.name)
    yield rossi.name, "looks up who is asking", f"{anna.name}, a patient of {rossi.name}"

    decided = rossi.post(f"/v1/requests/{request['request_id']}/confirm", {"version": 1})
    _expect(decided["status"], "confirmed")
    yield rossi.name, "confirms the request", "confirmed, version 2"

    refusal = bruno.post("/v1/requests", body, expect=409)
    _expect(refusal["code"], "slot_taken")
    offered = ", ".join(_short(slot) for slot in refusal["next_free"])
    yield bruno.name, "asks for the same time", f"409 slot_taken; free next: {offered}"

    path = f"/v1/requests/{request['request_id']}"
    _expect(anna.post(f"{path}/cancel?preview=true", {"version": 2})["fee"], LATE)
    _expect(anna.get(path)["status"], "confirmed")
    yield anna.name, "asks what cancelling costs", "25.00 EUR, and nothing has changed"

    cancelled = anna.post(f"{path}/cancel", {"version": 2, "accept_fee": LATE})
    _expect((cancelled["status"], cancelled["fee"]), ("cancelled", LATE))
    yield anna.name, "cancels and accepts the fee", "cancelled, version 3"

    _expect(_slots(bruno, rossi, service)[0], wanted)
    yield bruno.name, "looks again", f"{_short(wanted)} is free again"

    told = ["request_submitted", "request_confirmed", "request_cancelled"]
    for person in (anna, rossi):
        _eventually(person.inbox, told)
        yield person.name, "reads the inbox", " → ".join(kind.removeprefix("request_") for kind in told)
    _expect(bruno.inbox(), [])
    yield bruno.name, "reads the inbox", "empty"

    _eventually(lambda: _lookers(anna), {(rossi.name, "person_read"), (rossi.name, "requests_read")})
    yield anna.name, "asks who read the data", f"{rossi.name}, and nobody else"

    anna.use(anna.post("/v1/sessions/refresh", {"refresh_token": anna.refresh_token}))
    yield anna.name, "stays signed in", "a new token for the old one"

    anna.delete("/v1/sessions")
    _eventually(lambda: _is_let_in(anna), False)
    yield anna.name, "signs out on all devices", "its token is refused"


def mails_in(home: Path) -> Mailed:
    """The mails of a suite that writes them into files."""

    def newest(address: str) -> str:
        found = ""
        for path in sorted(home.glob("mail/*.eml"), key=lambda path: path.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == address and (body := message.get_body(("plain",))):
                found = body.get_content()
        return found

    return newest


def code_in(text: str) -> str:
    """The code that a mail proves an address with; empty if there is none."""
    found = re.search(r"^\s*(\d{8})\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def _hours() -> dict[str, Any]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    openings = [{"weekday": day, "opens": "09:00", "closes": "13:00"} for day in days]
    return {"version": 0, "weekly": openings}


def _slots(patient: Person, professional: Person, service: dict[str, Any]) -> list[dict[str, str]]:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    path = f"/v1/professionals/{professional.id}/slots"
    found = patient.get(path, service_id=service["service_id"], **{"from": tomorrow})
    slots: list[dict[str, str]] = found["slots"]
    if not slots:
        raise NotObserved("there is no free slot in a week")
    return slots


def _finds(patient: Person, name: str, professional: Person) -> bool:
    found = patient.get("/v1/professionals", name=name, service="first_visit", limit=100)["professionals"]
    [hers] = [each for each in found if each["professional_id"] == professional.id] or [{}]
    return bool(hers.get("next_free"))


def _sees(professional: Person, patient: Person) -> str | None:
    try:
        name: str = professional.get(f"/v1/patients/{patient.id}")["name"]
    except NotObserved:  # accounts has not heard of the request yet
        return None
    return name


def _lookers(person: Person) -> set[tuple[str, str]]:
    return {(each["actor_name"], each["action"]) for each in person.get("/v1/me/audit")["entries"]}


def _is_let_in(person: Person) -> bool:
    try:
        person.get("/v1/me")
    except NotObserved:
        return False
    return True


def _short(slot: dict[str, str]) -> str:
    return f"{datetime.fromisoformat(slot['starts_at']):%a %H:%M}"


def _expect(seen: object, wanted: object) -> None:
    if seen != wanted:
        raise NotObserved(f"saw {seen!r}, not {wanted!r}")


def _eventually(look: Callable[[], object], wanted: object) -> None:
    deadline = time.monotonic() + SETTLES_WITHIN
    while (seen := look()) != wanted:
        if time.monotonic() > deadline:
            _expect(seen, wanted)
        time.sleep(0.02)
