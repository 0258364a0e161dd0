"""A running suite with a practice in it, and somebody in each role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.faults import people
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
