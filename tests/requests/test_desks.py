"""Who acts for a professional, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from services.requests.handlers import desks, hours, visits
from services.requests.store import tables
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    GetHours,
    ListRequests,
)
from shared.db import Unit
from shared.errors import Refused
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    decide,
    first_visit,
    look,
    member,
    mondays,
    opening,
    outbox,
    page,
    submit,
)

OTHER_CLINIC = UUID(int=51)
OTHER_PROFESSIONAL = UUID(int=5)


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """The professional works in a clinic with a receptionist."""
    member(practice, PROFESSIONAL, "professional")
    member(practice, RECEPTIONIST, "staff")
    return practice


def demands(practice: Unit, by: UUID) -> dict[str, Any]:
    """What can be done for a professional: each is a refusal's code, or None where it is allowed."""
    view = submit(practice, request_id=uuid4())
    confirmed = submit(practice, request_id=uuid4(), starts_at=NEXT_MONDAY.replace(hour=9))
    confirm = ConfirmRequest(request_id=confirmed.request_id, by=PROFESSIONAL, version=1)
    decide(practice, confirm, now=MONDAY)

    def move(kind: type[visits.Decision], request_id: UUID, version: int) -> None:
        demand = kind(request_id=request_id, by=by, version=version)
        decide(practice, demand, now=NEXT_MONDAY.replace(hour=9) if version == 2 else MONDAY)

    return {
        "publish": refused(lambda: hours.publish_hours(practice, mondays(by=by))),
        "add": refused(
            lambda: hours.add_service(practice, first_visit(service_id=uuid4(), by=by), now=MONDAY)
        ),
        "get": refused(lambda: look(practice, view.request_id, by=by)),
        "list": refused(lambda: page(practice, ListRequests(person_id=by, professional_id=PROFESSIONAL))),
        "confirm": refused(lambda: move(ConfirmRequest, view.request_id, 1)),
        "complete": refused(lambda: move(CompleteRequest, confirmed.request_id, 2)),
    }


def refused(demand: Any) -> str | None:
    try:
        demand()
    except Refused as refusal:
        return refusal.code
    return None


def everything(outcome: str | None) -> dict[str, str | None]:
    return dict.fromkeys(("publish", "add", "get", "list", "confirm", "complete"), outcome)


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_the_front_desk_acts_for_the_professionals_of_its_clinic(practice: Unit, role: str) -> None:
    member(practice, PROFESSIONAL, "professional")
    member(practice, RECEPTIONIST, role)
    assert demands(practice, RECEPTIONIST) == everything(None)


def test_a_professional_acts_for_herself_without_any_clinic(practice: Unit) -> None:
    assert demands(practice, PROFESSIONAL) == everything(None)


@pytest.mark.parametrize(
    ("desk", "professional"),
    [
        ({"clinic_id": OTHER_CLINIC, "role": "owner"}, {}),
        ({"state": "ended", "role": "owner"}, {}),
        ({"role": "professional"}, {}),
        ({"role": "staff"}, {"state": "ended"}),
        ({"role": "staff"}, {"role": "staff"}),
    ],
    ids=["of another clinic", "who left", "a colleague", "she has left", "she is no professional there"],
)
def test_nobody_else_acts_for_her(practice: Unit, desk: dict[str, Any], professional: dict[str, Any]) -> None:
    member(practice, PROFESSIONAL, **{"role": "professional", **professional})
    member(practice, RECEPTIONIST, **desk)
    assert demands(practice, RECEPTIONIST) == everything("not_yours")


def test_a_desk_of_two_clinics_acts_for_the_professionals_of_each_and_not_of_a_third(clinic: Unit) -> None:
    member(clinic, RECEPTIONIST, "owner", clinic_id=OTHER_CLINIC)
    member(clinic, OTHER_PROFESSIONAL, "professional", clinic_id=OTHER_CLINIC)
    member(clinic, STRANGER, "professional", clinic_id=UUID(int=52))
    for professional_id in (PROFESSIONAL, OTHER_PROFESSIONAL):
        hours.publish_hours(clinic, mondays(professional_id=professional_id, by=RECEPTIONIST))
    with pytest.raises(Refused) as refusal:
        hours.publish_hours(clinic, mondays(professional_id=STRANGER, by=RECEPTIONIST))
    assert refusal.value.code == "not_yours"


def test_a_refused_demand_of_strangers_changes_nothing(clinic: Unit) -> None:
    before = hours.get_hours(clinic, GetHours(professional_id=PROFESSIONAL))
    told = outbox(clinic)
    with pytest.raises(Refused):
        hours.publish_hours(clinic, mondays(by=STRANGER, weekly=[opening("friday")]))
    with pytest.raises(Refused):
        hours.add_service(clinic, first_visit(service_id=uuid4(), by=STRANGER), now=MONDAY)
    assert hours.get_hours(clinic, GetHours(professional_id=PROFESSIONAL)) == before
    assert outbox(clinic) == told


@pytest.mark.parametrize("kind", [ConfirmRequest, DeclineRequest, CancelRequest])
def test_what_the_desk_decides_is_the_professionals_side(clinic: Unit, kind: type[visits.Decision]) -> None:
    view = submit(clinic)
    decide(clinic, kind(request_id=view.request_id, by=RECEPTIONIST, version=1), now=MONDAY)
    moved, seen = outbox(clinic)[-2:]
    assert (moved["by"], seen["by"], seen["role"]) == ("professional", str(RECEPTIONIST), "front_desk")


def test_a_receptionist_who_is_the_patient_cannot_confirm_her_own_request(clinic: Unit) -> None:
    view = submit(clinic, patient_id=RECEPTIONIST)
    confirm = ConfirmRequest(request_id=view.request_id, by=RECEPTIONIST, version=1)
    with pytest.raises(Refused) as refusal:
        decide(clinic, confirm, now=MONDAY)
    assert refusal.value.code == "not_allowed"
    cancel = CancelRequest(request_id=view.request_id, by=RECEPTIONIST, version=1)
    decide(clinic, cancel, now=MONDAY)
    assert outbox(clinic)[-1]["by"] == "patient"


def test_the_list_of_a_professional_shows_what_she_is_asked_for_and_nothing_else(clinic: Unit) -> None:
    hours.publish_hours(clinic, mondays(professional_id=OTHER_PROFESSIONAL))
    added = first_visit(service_id=UUID(int=11), professional_id=OTHER_PROFESSIONAL)
    hours.add_service(clinic, added, now=MONDAY)
    asked = submit(clinic)
    submit(
        clinic,
        request_id=uuid4(),
        patient_id=PROFESSIONAL,
        professional_id=OTHER_PROFESSIONAL,
        service_id=UUID(int=11),
    )
    for by in (PROFESSIONAL, RECEPTIONIST):
        shown = page(clinic, ListRequests(person_id=by, professional_id=PROFESSIONAL))
        assert shown.requests == [asked]
    assert len(page(clinic, ListRequests(person_id=PROFESSIONAL)).requests) == 2
    assert page(clinic, ListRequests(person_id=RECEPTIONIST)).requests == []
    filtered = ListRequests(person_id=RECEPTIONIST, professional_id=PROFESSIONAL, status="confirmed")
    assert page(clinic, filtered).requests == []


def test_the_list_of_a_professional_is_walked_page_by_page(clinic: Unit) -> None:
    wanted = [
        submit(clinic, request_id=uuid4(), starts_at=NEXT_MONDAY.replace(minute=minute, hour=hour))
        for hour, minute in ((8, 0), (8, 30), (9, 0))
    ]
    asked = ListRequests(person_id=RECEPTIONIST, professional_id=PROFESSIONAL, limit=2)
    first = page(clinic, asked)
    second = page(clinic, asked.model_copy(update={"cursor": first.next_cursor}))
    assert [*first.requests, *second.requests] == wanted[::-1]
    assert second.next_cursor is None


def test_a_visit_with_oneself_is_listed_once(practice: Unit) -> None:
    submit(practice, patient_id=PROFESSIONAL)
    assert len(page(practice, ListRequests(person_id=PROFESSIONAL)).requests) == 1


def test_a_membership_that_ends_ends_what_the_desk_may_do(clinic: Unit) -> None:
    view = submit(clinic)
    look(clinic, view.request_id, by=RECEPTIONIST)
    member(clinic, RECEPTIONIST, "staff", version=2, state="ended")
    with pytest.raises(Refused) as refusal:
        look(clinic, view.request_id, by=RECEPTIONIST)
    assert refusal.value.code == "not_yours"


def memberships(practice: Unit) -> list[tuple[int, str, str]]:
    with practice() as work:
        rows = work.conn.execute(sa.select(tables.memberships))
        return [(row.version, row.role, row.state) for row in rows]


HISTORY = [
    {"version": 1, "role": "staff", "state": "active"},
    {"version": 2, "role": "owner", "state": "active"},
    {"version": 3, "role": "owner", "state": "ended"},
]


@pytest.mark.parametrize(
    "order", list(permutations(HISTORY)), ids=lambda o: "".join(f"{e['version']}" for e in o)
)
def test_the_newest_version_of_a_membership_stands_in_whatever_order_it_is_told(
    practice: Unit, order: list[dict[str, Any]]
) -> None:
    for step in order:
        told = member(practice, RECEPTIONIST, **step)
        desks.learn(practice, told)
    assert memberships(practice) == [(3, "owner", "ended")]


def test_a_membership_told_many_times_at_once_is_one(practice: Unit) -> None:
    fields = {"occurred_at": MONDAY, "membership_id": UUID(int=9), "clinic_id": UUID(int=50)}
    events = [
        MembershipChanged.model_validate({**fields, "person_id": RECEPTIONIST, **step})
        for step in HISTORY
        for _ in range(5)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: desks.learn(practice, each), events))
    assert memberships(practice) == [(3, "owner", "ended")]


def test_a_membership_told_again_is_known_by_its_event(practice: Unit) -> None:
    told = member(practice, RECEPTIONIST, "staff")
    with practice() as work:
        work.conn.execute(sa.delete(tables.memberships))
    desks.learn(practice, told)
    assert memberships(practice) == []


def test_a_patient_is_not_asked_whose_front_desk_she_is(clinic: Unit) -> None:
    """Authority costs the people of a request no query, and the desk one."""
    view = submit(clinic)
    asked: list[str] = []
    sa.event.listen(clinic.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for by in (PATIENT, PROFESSIONAL, RECEPTIONIST):
        asked.clear()
        look(clinic, view.request_id, by=by)
        counts.append(sum("memberships" in statement for statement in asked))
    assert counts == [0, 0, 1]


@pytest.mark.parametrize(("column", "value"), [("role", "king"), ("state", "maybe")])
def test_the_database_itself_knows_what_a_membership_may_be(clinic: Unit, column: str, value: str) -> None:
    with pytest.raises(sa.exc.IntegrityError) as error, clinic() as work:
        work.conn.execute(sa.update(tables.memberships).values({column: value}))
    assert isinstance(error.value.orig, psycopg2.errors.CheckViolation)
