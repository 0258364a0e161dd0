"""People and a practice on a running suite, for tests that make life hard for it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy import story
from tests import suites
from tests.mails import Mailbox
from tests.pages import walked
from tests.patience import patience
from tests.suites import Suite

SOON = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
"""A date whose slots can all be asked for, and are not about to expire."""

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def client(url: str) -> httpx.Client:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return httpx.Client(base_url=url, timeout=15, limits=limits)


class Person(story.Person):
    """A person of whom the tests know the secrets: address, password and tokens."""

    session: dict[str, Any]
    """The answer to the last sign-in."""

    def register(self, mailed: story.Mailed | None = None) -> None:
        """Without `mailed` the account is made where it lies: faster, and for tests of anything else."""
        if mailed is not None:
            super().register(mailed)
        else:
            self.id = suites.at(self._http).open_account(self.email, self.password, self.name, self.role)

    @property
    def email(self) -> str:
        return self._email

    @property
    def password(self) -> str:
        return self._password

    @password.setter
    def password(self, new: str) -> None:
        self._password = new

    def sign_in(self, **also: Any) -> None:
        """On one more device; `also` goes into the body, such as `device` or `role`."""
        credentials = {"email": self.email, "password": self.password}
        self.session = self.post("/v1/sessions", credentials | also)
        self.headers["Authorization"] = f"Bearer {self.session['access_token']}"

    def another_phone(self, **also: Any) -> "Person":
        """The same person, signed in on one more device."""
        again = Person(self._http, self.name, self.role)
        again._email, again.password, again.id = self.email, self.password, self.id
        again.sign_in(role=self.role, **also)
        return again

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Whatever the answer is."""
        headers = self.headers | {"Idempotency-Key": str(uuid4())}
        return self._http.request(method, path, json=body, params=query or None, headers=headers)


def signed_in(http: httpx.Client, role: str) -> Person:
    person = Person(http, f"A {role}", role)
    person.register()
    person.sign_in()
    return person


def support(http: httpx.Client, suite: Suite) -> Person:
    """One of the operator's people."""
    person = Person(http, "Support", "patient")
    person.register()
    suite.grant_support(person.email)
    person.role = "support"
    person.sign_in(role=person.role)
    return person


def join(mails: Mailbox, owner: Person, clinic_id: str, person: Person, role: str) -> None:
    """`person` accepts the invitation of the clinic's owner."""
    invitation = {"email": person.email, "role": role}
    owner.post(f"/v1/clinics/{clinic_id}/invitations", invitation, expect=201)
    person.post("/v1/invitations/accept", {"token": mails.token("invitation", person.email)})


def open_all_day(person: Person, closes: str = "23:50") -> str:
    """Open day and night at a location of their own; return its id."""
    place = person.post("/v1/locations", {"name": "Studio", "time_zone": "UTC"}, expect=201)
    location_id: str = place["location_id"]
    person.put(f"/v1/locations/{location_id}/hours", {"version": 0, "weekly": all_day(closes)})
    return location_id


def all_day(closes: str = "23:50") -> list[dict[str, str]]:
    return [{"weekday": day, "opens": "00:00", "closes": closes} for day in WEEK]


class Practice:
    """A professional who can be seen day and night, with one service."""

    def __init__(self, http: httpx.Client) -> None:
        self.professional = signed_in(http, "professional")
        self.location_id = open_all_day(self.professional)
        self.service = self.professional.post("/v1/services", {"name": "Visit", "minutes": 10}, expect=201)

    def slots(self, first: str, *, days: int = 1, **where: str) -> list[str]:
        """Free starts in the `days` from the date `first` on, everywhere or at one `location_id`."""
        path = f"/v1/professionals/{self.professional.id}/slots"
        query = {"service_id": self.service["service_id"], "from": first, "days": days} | where
        return [slot["starts_at"] for slot in self.professional.get(path, **query)["slots"]]

    def body(self, starts_at: str) -> dict[str, Any]:
        return {
            "professional_id": self.professional.id,
            "service_id": self.service["service_id"],
            "starts_at": starts_at,
        }


def insist(
    send: Callable[[], httpx.Response], *, within: float, disturbed: Callable[[], bool] = lambda: False
) -> httpx.Response:
    """Send the same request until it is answered with something else than "try again".

    The seconds do not count in which the suite is `disturbed`.
    """
    left, before = patience(within), time.monotonic()
    while True:
        try:
            response = send()
            if response.status_code < 500:
                return response
            assert response.status_code == 503, response.text
        except httpx.TransportError:
            pass
        now = time.monotonic()
        left -= 0 if disturbed() else now - before
        before = now
        assert left > 0, "no answer in time"
        time.sleep(0.1)


def submit(
    http: httpx.Client, patient: Person, body: dict[str, Any], key: str | None = None
) -> httpx.Response:
    headers = patient.headers | {"Idempotency-Key": key or str(uuid4())}
    return http.post("/v1/requests", json=body, headers=headers)


def told(person: Person) -> list[tuple[str, str]]:
    """Return every item of their inbox, as request and kind."""

    def fetch(cursor: str | None) -> tuple[list[tuple[str, str]], str | None]:
        page = person.get("/v1/inbox", limit=100, **({"cursor": cursor} if cursor else {}))
        return [(item["request_id"], item["kind"]) for item in page["items"]], page["next_cursor"]

    return walked(fetch)


def eventually(holds: Callable[[], bool], *, within: float = 20) -> None:
    deadline = time.monotonic() + patience(within)
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.1)
