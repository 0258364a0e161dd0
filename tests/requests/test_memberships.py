"""Rights to act for a professional, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from services.requests.handlers import decisions, memberships, reading, schedules, services
from services.requests.store import tables
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import GetHours
from shared.contracts.requests.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    ListRequests,
    SyncRequests,
)
from shared.contracts.requests.values import ActingRole
from shared.db import Unit
from tests.requests.builders import CLINIC, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    decide,
    first_visit,
    look,
    member,
    mondays,
    opening,
    outbox,
    page,
    refuses,
    set_booking_settings,
    settle,
    submit,
)

PRACTICE: list[tuple[UUID, ActingRole]] = [(PROFESSIONAL, "professional"), (RECEPTIONIST, "clinic")]
OTHER_CLINIC = UUID(int=51)
OTHER_PROFESSIONAL = UUID(int=5)


def commands(practice: Unit, by: UUID, role: ActingRole) -> dict[str, Any]:
    """Return the outcome of every act for a professional: a refusal's code, or None if it is allowed."""
    view = submit(practice, request_id=uuid4())
    confirmed = submit(practice, request_id=uuid4(), starts_at=NEXT_MONDAY.replace(hour=9))
    confirm = ConfirmRequest(request_id=confirmed.request_id, by=PROFESSIONAL, role="professional", version=1)
    decide(practice, confirm, now=MONDAY)

    def move(kind: type[decisions.Decision], request_id: UUID, version: int) -> None:
        command = kind(request_id=request_id, by=by, role=role, version=version)
        decide(practice, command, now=NEXT_MONDAY.replace(hour=9) if version == 2 else MONDAY)

    return {
        "publish": refused(lambda: schedules.publish_hours(practice, mondays(by=by, role=role), now=MONDAY)),
        "add": refused(
            lambda: services.add(practice, first_visit(service_id=uuid4(), by=by, role=role), now=MONDAY)
        ),
        "get": refused(lambda: look(practice, view.request_id, by=by, role=role)),
        "list": refused(
            lambda: page(practice, ListRequests(person_id=by, role=role, professional_id=PROFESSIONAL))
        ),
        "confirm": refused(lambda: move(ConfirmRequest, view.request_id, 1)),
        "complete": refused(lambda: move(CompleteRequest, confirmed.request_id, 2)),
    }


def refused(command: Any) -> str | None:
    try:
        command()
    except Refused as refusal:
        return refusal.code
    return None


def everything(outcome: str | None) -> dict[str, str | None]:
    return dict.fromkeys(("publish", "add", "get", "list", "confirm", "complete"), outcome)


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_the_front_desk_acts_for_the_professionals_of_its_clinic(clinic: Unit, role: str) -> None:
    member(clinic, RECEPTIONIST, role, version=2)
    assert commands(clinic, RECEPTIONIST, "clinic") == everything(None)


def test_a_professional_acts_for_herself_without_any_clinic(practice: Unit) -> None:
    assert commands(practice, PROFESSIONAL, "professional") == everything(None)


def test_a_professional_acts_for_herself_in_the_clinic(clinic: Unit) -> None:
    assert commands(clinic, PROFESSIONAL, "professional") == everything(None)


@pytest.mark.parametrize(
    "desk",
    [
        {"clinic_id": OTHER_CLINIC, "role": "owner"},
        {"state": "ended", "role": "owner"},
        {"role": "professional"},
    ],
    ids=["of another clinic", "who left", "a colleague"],
)
def test_nobody_else_acts_for_her(clinic: Unit, desk: dict[str, Any]) -> None:
    member(clinic, STRANGER, **desk)
    assert commands(clinic, STRANGER, "clinic") == everything("not_yours")


def test_a_desk_does_nothing_in_the_own_practice_of_a_professional_of_its_clinic(practice: Unit) -> None:
    member(practice, PROFESSIONAL, "professional")
    member(practice, RECEPTIONIST, "staff")
    what = commands(practice, RECEPTIONIST, "clinic")
    assert what == everything("not_yours") | {"list": None, "add": None}
    shown = page(practice, ListRequests(person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL))
    assert shown.requests == []


def test_a_desk_does_nothing_in_the_other_clinic_of_a_professional(clinic: Unit) -> None:
    member(clinic, PROFESSIONAL, "professional", clinic_id=OTHER_CLINIC)
    member(clinic, STRANGER, "owner", clinic_id=OTHER_CLINIC)
    what = commands(clinic, STRANGER, "clinic")
    assert what == everything("not_yours") | {"list": None, "add": None}
    of_professional = ListRequests(person_id=STRANGER, role="clinic", professional_id=PROFESSIONAL)
    assert page(clinic, of_professional).requests == []
    assert (
        page(clinic, ListRequests(person_id=STRANGER, role="clinic", clinic_id=OTHER_CLINIC)).requests == []
    )
    with refuses("not_yours"):
        page(clinic, ListRequests(person_id=STRANGER, role="clinic", clinic_id=CLINIC))
    asks = SyncRequests(person_id=STRANGER, role="clinic", professional_id=PROFESSIONAL)
    assert reading.sync(clinic, asks, tools=TOOLS, access_id=uuid4(), now=MONDAY).requests == []


@pytest.mark.parametrize(
    ("by", "role"),
    [
        (PROFESSIONAL, "clinic"),
        (PROFESSIONAL, "patient"),
        (RECEPTIONIST, "professional"),
        (RECEPTIONIST, "patient"),
    ],
)
def test_nobody_acts_for_her_by_a_role_that_she_is_not_signed_in_with(
    clinic: Unit, by: UUID, role: ActingRole
) -> None:
    assert commands(clinic, by, role) == everything("not_yours")


def test_a_professional_who_owns_a_clinic_acts_as_its_front_desk_when_she_is_signed_in_for_it(
    clinic: Unit,
) -> None:
    """The front desk acts for the professionals of the clinic only, and is none of them."""
    member(clinic, STRANGER, "owner")
    assert commands(clinic, STRANGER, "clinic") == everything(None)
    for professional_id, role in ((PROFESSIONAL, "professional"), (STRANGER, "clinic")):
        others = mondays(professional_id=professional_id, by=STRANGER, role=role)
        with refuses("not_yours" if role == "professional" else "unknown_location"):
            schedules.publish_hours(clinic, others, now=MONDAY)


@pytest.mark.parametrize("kind", [ConfirmRequest, DeclineRequest, CancelRequest, CompleteRequest])
@pytest.mark.parametrize(
    ("by", "role"), [(PROFESSIONAL, "patient"), (PATIENT, "professional"), (PATIENT, "clinic")]
)
def test_a_decision_in_another_role_is_refused(
    clinic: Unit, kind: type[decisions.Decision], by: UUID, role: ActingRole
) -> None:
    view = submit(clinic)
    with pytest.raises(Refused) as refusal:
        decide(clinic, kind(request_id=view.request_id, by=by, role=role, version=1))
    assert refusal.value.code == "not_yours"
    with pytest.raises(Refused) as refusal:
        look(clinic, view.request_id, by=by, role=role)
    assert refusal.value.code == "not_yours"


def test_a_desk_of_two_clinics_acts_for_the_professionals_of_each_and_not_of_a_third(clinic: Unit) -> None:
    member(clinic, RECEPTIONIST, "owner", clinic_id=OTHER_CLINIC)
    member(clinic, OTHER_PROFESSIONAL, "professional", clinic_id=OTHER_CLINIC)
    member(clinic, STRANGER, "professional", clinic_id=UUID(int=52))
    for professional_id in (PROFESSIONAL, OTHER_PROFESSIONAL):
        set_booking_settings(clinic, professional_id=professional_id, by=RECEPTIONIST, role="clinic")
    with refuses("not_yours"):
        set_booking_settings(clinic, professional_id=STRANGER, by=RECEPTIONIST, role="clinic")


def test_a_refused_demand_of_strangers_changes_nothing(clinic: Unit) -> None:
    before = schedules.get_hours(clinic, GetHours(professional_id=PROFESSIONAL), now=MONDAY)
    told = outbox(clinic)
    others = mondays(by=STRANGER, role="clinic", version=1, weekly=[opening("friday")])
    with pytest.raises(Refused):
        schedules.publish_hours(clinic, others, now=MONDAY)
    with pytest.raises(Refused):
        services.add(clinic, first_visit(service_id=uuid4(), by=STRANGER, role="clinic"), now=MONDAY)
    assert schedules.get_hours(clinic, GetHours(professional_id=PROFESSIONAL), now=MONDAY) == before
    assert outbox(clinic) == told


@pytest.mark.parametrize("kind", [ConfirmRequest, DeclineRequest, CancelRequest])
def test_what_the_desk_decides_is_the_professionals_side(
    clinic: Unit, kind: type[decisions.Decision]
) -> None:
    view = submit(clinic)
    decide(clinic, kind(request_id=view.request_id, by=RECEPTIONIST, role="clinic", version=1), now=MONDAY)
    moved, seen = outbox(clinic)[-2:]
    assert (moved["by"], seen["by"], seen["role"]) == ("professional", str(RECEPTIONIST), "front_desk")


def test_a_receptionist_who_is_the_patient_is_what_she_is_signed_in_as(clinic: Unit) -> None:
    view = submit(clinic, patient_id=RECEPTIONIST)
    confirm = ConfirmRequest(request_id=view.request_id, by=RECEPTIONIST, role="patient", version=1)
    with pytest.raises(Refused) as refusal:
        decide(clinic, confirm, now=MONDAY)
    assert refusal.value.code == "not_allowed"
    decide(clinic, confirm.model_copy(update={"role": "clinic"}), now=MONDAY)
    cancel = CancelRequest(request_id=view.request_id, by=RECEPTIONIST, role="patient", version=2)
    decide(clinic, cancel, now=MONDAY)
    assert [moved["by"] for moved in outbox(clinic)[-2:]] == ["professional", "patient"]


def test_the_list_of_a_professional_shows_what_she_is_asked_for_and_nothing_else(clinic: Unit) -> None:
    settle(clinic, OTHER_PROFESSIONAL)
    added = first_visit(service_id=UUID(int=11), professional_id=OTHER_PROFESSIONAL)
    services.add(clinic, added, now=MONDAY)
    asked = submit(clinic)
    made = submit(
        clinic,
        request_id=uuid4(),
        patient_id=PROFESSIONAL,
        professional_id=OTHER_PROFESSIONAL,
        service_id=UUID(int=11),
    )
    for by, role in PRACTICE:
        shown = page(clinic, ListRequests(person_id=by, role=role, professional_id=PROFESSIONAL))
        assert shown.requests == [asked]
    assert page(clinic, ListRequests(person_id=PROFESSIONAL, role="professional")).requests == [asked]
    assert page(clinic, ListRequests(person_id=PROFESSIONAL, role="patient")).requests == [made]
    filtered = ListRequests(
        person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL, status="confirmed"
    )
    assert page(clinic, filtered).requests == []


def test_the_list_of_a_professional_is_walked_page_by_page(clinic: Unit) -> None:
    wanted = [
        submit(clinic, request_id=uuid4(), starts_at=NEXT_MONDAY.replace(minute=minute, hour=hour))
        for hour, minute in ((8, 0), (8, 30), (9, 0))
    ]
    asked = ListRequests(person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL, limit=2)
    first = page(clinic, asked)
    second = page(clinic, asked.model_copy(update={"cursor": first.next_cursor}))
    assert [*first.requests, *second.requests] == wanted[::-1]
    assert second.next_cursor is None


def test_a_visit_with_oneself_is_on_both_lists(practice: Unit) -> None:
    view = submit(practice, patient_id=PROFESSIONAL)
    for role in ("patient", "professional"):
        assert page(practice, ListRequests(person_id=PROFESSIONAL, role=role)).requests == [view]


def test_a_front_desk_says_whose_requests_it_wants(clinic: Unit) -> None:
    with pytest.raises(Refused) as refusal:
        page(clinic, ListRequests(person_id=RECEPTIONIST, role="clinic"))
    assert (refusal.value.code, refusal.value.field) == ("missing_field", "professional_id")


def test_a_membership_that_ends_ends_what_the_desk_may_do(clinic: Unit) -> None:
    view = submit(clinic)
    look(clinic, view.request_id, by=RECEPTIONIST, role="clinic")
    member(clinic, RECEPTIONIST, "staff", version=2, state="ended")
    with pytest.raises(Refused) as refusal:
        look(clinic, view.request_id, by=RECEPTIONIST, role="clinic")
    assert refusal.value.code == "not_yours"


def stored_memberships(practice: Unit) -> list[tuple[int, str, str]]:
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
        memberships.record(practice, told, tools=TOOLS, now=MONDAY)
    assert stored_memberships(practice) == [(3, "owner", "ended")]


def test_a_membership_told_many_times_at_once_is_one(practice: Unit) -> None:
    fields = {"occurred_at": MONDAY, "membership_id": UUID(int=9), "clinic_id": UUID(int=50)}
    events = [
        MembershipChanged.model_validate({**fields, "person_id": RECEPTIONIST, **step})
        for step in HISTORY
        for _ in range(5)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: memberships.record(practice, each, tools=TOOLS, now=MONDAY), events))
    assert stored_memberships(practice) == [(3, "owner", "ended")]


def test_a_membership_told_again_is_known_by_its_event(practice: Unit) -> None:
    told = member(practice, RECEPTIONIST, "staff")
    with practice() as work:
        work.conn.execute(sa.delete(tables.memberships))
    memberships.record(practice, told, tools=TOOLS, now=MONDAY)
    assert stored_memberships(practice) == []


def test_a_patient_is_not_asked_whose_front_desk_she_is(clinic: Unit) -> None:
    """Authority to look costs the people of a request no query, and the desk one."""
    view = submit(clinic)
    asked: list[str] = []
    sa.event.listen(clinic.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for by, role in ((PATIENT, "patient"), *PRACTICE):
        asked.clear()
        look(clinic, view.request_id, by=by, role=role)
        counts.append(sum("memberships" in statement for statement in asked))
    assert counts == [0, 0, 1]


@pytest.mark.parametrize(("column", "value"), [("role", "king"), ("state", "maybe")])
def test_the_database_itself_knows_what_a_membership_may_be(clinic: Unit, column: str, value: str) -> None:
    with pytest.raises(sa.exc.IntegrityError) as error, clinic() as work:
        work.conn.execute(sa.update(tables.memberships).values({column: value}))
    assert isinstance(error.value.orig, psycopg2.errors.CheckViolation)
