"""A running suite with a practice in it, somebody in each role, and an app without services behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.app import create_app
from tests.faults import people
from tests.gateway.scripted import ScriptedBus
from tests.suites import Embedded


@dataclass
class Api:
    """The API, and people who use it."""

    http: httpx.Client
    suite: Embedded
    patient: people.Person
    other_patient: people.Person
    front_desk: people.Person
    support: people.Person
    practice: people.Practice

    @property
    def professional(self) -> people.Person:
        return self.practice.professional

    @property
    def everybody(self) -> dict[str, dict[str, str]]:
        """The headers that each role sends."""
        roles = (self.patient, self.professional, self.front_desk, self.support)
        return {"nobody": {}} | {person.role: person.headers for person in roles}

    def body(self) -> dict[str, Any]:
        """A request that would be accepted."""
        return self.practice.body(self.practice.slots(people.SOON)[0])

    def submitted(self) -> dict[str, Any]:
        """A request of the patient's."""
        made: dict[str, Any] = self.patient.post("/v1/requests", self.body(), expect=201)
        return made


@pytest.fixture(scope="module")
def api(embedded: Embedded) -> Iterator[Api]:
    with people.client(embedded.url) as http:
        yield Api(
            http=http,
            suite=embedded,
            patient=people.signed_in(http, "patient"),
            other_patient=people.signed_in(http, "patient"),
            front_desk=people.signed_in(http, "clinic"),
            support=people.support(http, embedded),
            practice=people.Practice(http),
        )


@pytest.fixture(scope="session")
def scripted() -> FastAPI:
    """The app over a scripted bus; the first request to an app takes a second, all others no time."""
    return create_app(ScriptedBus())  # type: ignore[arg-type]


@pytest.fixture
def bus(scripted: FastAPI) -> ScriptedBus:
    """The bus of that app, which nobody has asked anything yet."""
    bus: ScriptedBus = scripted.state.bus
    bus.begin_anew()
    return bus


@pytest.fixture
def browser(scripted: FastAPI, bus: ScriptedBus) -> TestClient:
    assert scripted.state.bus is bus
    return TestClient(scripted)
