"""Looks at visits of others are written down, on a real database."""

from typing import Literal
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import reading, services
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestsRead
from shared.contracts.requests.requests import CancelRequest, ConfirmRequest, GetRequest, ListRequests
from shared.contracts.requests.values import ActingRole
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    decide,
    first_visit,
    look,
    member,
    outbox,
    page,
    settle,
    submit,
)

COLLEAGUE = UUID(int=5)
AS: dict[ActingRole, Literal["professional", "front_desk"]] = {
    "professional": "professional",
    "clinic": "front_desk",
}
"""Return the entries of the access log."""


@pytest.fixture
def clinic(clinic: Unit) -> Unit:
    """The professional and a colleague work in a clinic with a receptionist."""
    member(clinic, COLLEAGUE, "professional")
    settle(clinic, COLLEAGUE)
    added = first_visit(service_id=UUID(int=11), professional_id=COLLEAGUE)
    services.add(clinic, added, now=MONDAY)
    return clinic


def looks(practice: Unit) -> list[RequestsRead]:
    return [RequestsRead.model_validate(body) for body in outbox(practice, RequestsRead.topic)]


@pytest.mark.parametrize(("by", "role"), [(PROFESSIONAL, "professional"), (RECEPTIONIST, "clinic")])
def test_a_look_at_a_request_of_somebody_else_is_written_down(
    clinic: Unit, by: UUID, role: ActingRole
) -> None:
    view = submit(clinic)
    access_id = uuid4()
    reading.get(
        clinic,
        GetRequest(request_id=view.request_id, by=by, role=role),
        tools=TOOLS,
        access_id=access_id,
        now=NEXT_MONDAY,
    )
    assert looks(clinic) == [
        RequestsRead(
            occurred_at=NEXT_MONDAY,
            version=1,
            read_id=access_id,
            by=by,
            role=AS[role],
            request_ids=[view.request_id],
            patient_ids=[PATIENT],
        )
    ]


def test_a_decision_shows_the_request_and_so_is_written_down(clinic: Unit) -> None:
    view = submit(clinic)
    decide(clinic, ConfirmRequest(request_id=view.request_id, by=RECEPTIONIST, role="clinic", version=1))
    assert [(each.by, each.request_ids) for each in looks(clinic)] == [(RECEPTIONIST, [view.request_id])]
    decide(clinic, CancelRequest(request_id=view.request_id, by=PATIENT, role="patient", version=2))
    assert len(looks(clinic)) == 1


def test_every_look_is_written_down_and_says_nothing_of_what_was_seen(clinic: Unit) -> None:
    view = submit(clinic)
    for _ in range(2):
        look(clinic, view.request_id, by=PROFESSIONAL, role="professional")
    one, other = looks(clinic)
    assert one.read_id != other.read_id
    assert one.event_id != other.event_id
    assert "cough" not in str(outbox(clinic, RequestsRead.topic))


def test_a_patient_may_look_at_her_own_requests_unwritten(clinic: Unit) -> None:
    view = submit(clinic)
    look(clinic, view.request_id, by=PATIENT, role="patient")
    assert page(clinic, ListRequests(person_id=PATIENT, role="patient")).requests == [view]
    assert looks(clinic) == []


def test_a_receptionist_who_is_the_patient_looks_at_her_own_request_unwritten(clinic: Unit) -> None:
    own = submit(clinic, patient_id=RECEPTIONIST)
    look(clinic, own.request_id, by=RECEPTIONIST, role="clinic")
    desk = ListRequests(person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL)
    assert page(clinic, desk).requests == [own]
    assert looks(clinic) == []
    other = submit(clinic, request_id=uuid4(), starts_at=NEXT_MONDAY.replace(minute=30))
    assert len(page(clinic, desk).requests) == 2
    [written] = looks(clinic)
    assert (written.request_ids, written.patient_ids) == ([other.request_id], [PATIENT])


@pytest.mark.parametrize(
    ("by", "professional_id", "role"),
    [
        (PROFESSIONAL, None, "professional"),
        (PROFESSIONAL, PROFESSIONAL, "professional"),
        (RECEPTIONIST, PROFESSIONAL, "clinic"),
    ],
)
def test_one_look_at_a_page_is_one_event_about_what_was_on_it(
    clinic: Unit, by: UUID, professional_id: UUID | None, role: ActingRole
) -> None:
    wanted = [
        submit(
            clinic,
            request_id=uuid4(),
            patient_id=patient_id,
            starts_at=NEXT_MONDAY.replace(hour=8 + n // 2, minute=n % 2 * 30),
        )
        for n, patient_id in enumerate((PATIENT, STRANGER, PATIENT, STRANGER))
    ]
    shown = page(clinic, ListRequests(person_id=by, role=role, professional_id=professional_id, limit=3))
    assert shown.next_cursor
    [written] = looks(clinic)
    assert (written.by, written.role, written.version) == (by, AS[role], 1)
    assert written.request_ids == [each.request_id for each in wanted[:0:-1]]
    assert written.patient_ids == sorted({PATIENT, STRANGER})


def test_what_a_professional_who_is_a_front_desk_too_saw_is_written_down_as_what_she_was(
    clinic: Unit,
) -> None:
    view = submit(clinic)
    member(clinic, PROFESSIONAL, "owner", membership_id=uuid4())
    look(clinic, view.request_id, by=PROFESSIONAL, role="clinic")
    look(clinic, view.request_id, by=PROFESSIONAL, role="professional")
    assert [each.role for each in looks(clinic)] == ["front_desk", "professional"]


def test_her_own_visit_among_those_of_others_is_no_look(clinic: Unit) -> None:
    other = submit(clinic)
    submit(clinic, request_id=uuid4(), patient_id=PROFESSIONAL, starts_at=NEXT_MONDAY.replace(minute=30))
    assert len(page(clinic, ListRequests(person_id=PROFESSIONAL, role="professional")).requests) == 2
    [written] = looks(clinic)
    assert (written.role, written.request_ids) == ("professional", [other.request_id])


def test_an_empty_page_and_a_refused_look_are_not_written_down(clinic: Unit) -> None:
    page(clinic, ListRequests(person_id=PROFESSIONAL, role="professional"))
    page(clinic, ListRequests(person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL))
    view = submit(clinic)
    with pytest.raises(Refused):
        look(clinic, view.request_id, by=STRANGER, role="professional")
    with pytest.raises(Refused):
        page(clinic, ListRequests(person_id=STRANGER, role="clinic", professional_id=PROFESSIONAL))
    assert looks(clinic) == []
