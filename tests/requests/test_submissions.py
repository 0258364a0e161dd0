"""Asking for visits, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from services.requests.handlers import locations, schedules
from services.requests.store import tables
from shared.contracts.refusals import Refused
from shared.contracts.requests.requests import CancelRequest, DeclineRequest
from shared.db import Unit
from tests.requests.builders import (
    CLINIC,
    LOCATION,
    MONDAY,
    PATIENT,
    PROFESSIONAL,
    RECEPTIONIST,
    STRANGER,
    command,
)
from tests.requests.steps import (
    NEXT_MONDAY,
    act,
    as_patient,
    at,
    everything,
    free,
    look,
    member,
    mondays,
    opening,
    outbox,
    place,
    published,
    refuses,
    rows,
    set_booking_settings,
    submit,
    wake,
)

TUESDAY = NEXT_MONDAY + timedelta(days=1)


def test_the_row_and_its_event_are_committed_together(practice: Unit) -> None:
    view = submit(practice)
    assert (view.status, view.version, view.service_name) == ("pending", 1, "First visit")
    assert (view.location_id, view.practice_id) == (LOCATION, PROFESSIONAL)
    assert f"{view.starts_at}" == "2027-03-08 09:00:00+01:00"
    assert published(practice) == ["requests.request_submitted.v1"]


def test_sending_it_again_finds_the_first_and_announces_nothing(practice: Unit) -> None:
    assert submit(practice) == submit(practice)
    assert len(published(practice)) == 1


@pytest.mark.parametrize(
    "change", [{"details": "Something else."}, {"joiners": ["Ida"]}, {"dependent_id": UUID(int=8)}], ids=str
)
def test_the_same_id_with_another_body_is_refused(practice: Unit, change: dict[str, object]) -> None:
    submit(practice)
    with refuses("idempotency_key_reused"):
        submit(practice, **change)


def test_sending_it_twice_at_once_makes_one_request(practice: Unit) -> None:
    with ThreadPoolExecutor(16) as pool:
        views = list(pool.map(lambda _: submit(practice).model_dump_json(), range(16)))
    assert len(set(views)) == 1
    assert len(published(practice)) == 1


def test_a_taken_slot_is_refused_with_the_next_free_ones(practice: Unit) -> None:
    submit(practice)
    with refuses("slot_taken") as refusal:
        submit(practice, request_id=uuid4(), patient_id=STRANGER)
    starts = [slot["starts_at"] for slot in refusal.value.facts["next_free"]]
    assert starts == [f"2027-03-08T{at}:00+01:00" for at in ("09:30", "10:00", "10:30")]
    assert len(published(practice)) == 1


def test_the_last_slot_of_the_day_is_followed_by_those_of_next_week(practice: Unit) -> None:
    submit(practice, starts_at=at(150))
    with refuses("slot_taken") as refusal:
        submit(practice, starts_at=at(150), request_id=uuid4())
    assert refusal.value.facts["next_free"][0]["starts_at"] == "2027-03-15T09:00:00+01:00"


def test_of_many_who_want_one_slot_at_once_one_has_it(practice: Unit) -> None:
    def ask(number: int) -> str:
        try:
            return submit(practice, request_id=uuid4(), patient_id=UUID(int=number)).status
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(100, 108))) == ["pending"] + ["slot_taken"] * 7
    assert len(rows(practice, tables.holds)) == 1


def test_a_request_that_nobody_decided_on_in_time_gives_its_slot_away(practice: Unit) -> None:
    """Even without a timer: the next caller for the slot ends the overdue request."""
    submit(practice)
    later = MONDAY + timedelta(hours=73)
    again = submit(practice, request_id=uuid4(), patient_id=STRANGER, now=later)
    assert again.status == "pending"
    first = look(practice, command().request_id, by=PATIENT, role="patient")
    assert (first.status, first.version) == ("expired", 2)
    assert published(practice) == [
        "requests.request_submitted.v1",
        "requests.request_expired.v1",
        "requests.request_submitted.v1",
    ]


def test_timers_end_what_is_overdue_once_however_many_run(practice: Unit) -> None:
    for minutes in (0, 30, 60):
        submit(practice, request_id=uuid4(), starts_at=at(minutes))
    late = MONDAY + timedelta(hours=72)
    assert wake(practice, now=late - timedelta(seconds=1)) == 0
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: wake(practice, now=late), range(4)))
    assert sum(ended) == 3
    assert published(practice).count("requests.request_expired.v1") == 3


def test_cancelling_frees_the_slot(practice: Unit) -> None:
    view = submit(practice)
    taken = free(practice)
    as_patient(practice, CancelRequest, view)
    assert view.starts_at not in taken
    assert view.starts_at in free(practice)
    assert submit(practice, request_id=uuid4(), patient_id=STRANGER).status == "pending"


def test_the_database_itself_refuses_two_visits_at_one_time(practice: Unit) -> None:
    submit(practice)
    [first] = rows(practice, tables.holds)
    other = submit(practice, request_id=uuid4(), starts_at=at(60))
    overlapping = sa.update(tables.holds).where(tables.holds.c.request_id == other.request_id)
    with pytest.raises(sa.exc.IntegrityError) as error, practice() as work:
        work.conn.execute(overlapping.values(during=first["during"]))
    assert isinstance(error.value.orig, psycopg2.errors.ExclusionViolation)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": STRANGER}, "not_yours"),
        ({"professional_id": STRANGER}, "unknown_professional"),
        ({"service_id": STRANGER}, "unknown_service"),
        ({"location_id": STRANGER}, "unknown_location"),
        ({"starts_at": MONDAY - timedelta(days=7)}, "in_the_past"),
        ({"starts_at": MONDAY + timedelta(minutes=149)}, "too_soon"),
        ({"starts_at": NEXT_MONDAY + timedelta(weeks=26)}, "too_far_ahead"),
        ({"starts_at": at(10)}, "not_a_slot"),
        ({"starts_at": NEXT_MONDAY + timedelta(days=1)}, "outside_hours"),
        ({"joiners": ["Ida", "Leo"]}, "too_many_joiners"),
    ],
)
def test_what_cannot_be_asked_for_leaves_nothing_behind(
    practice: Unit, changes: dict[str, object], code: str
) -> None:
    before = everything(practice)
    with refuses(code):
        submit(practice, **changes)
    assert everything(practice) == before


def test_who_comes_along_and_whom_it_is_for_is_seen_by_both_sides(practice: Unit) -> None:
    child = UUID(int=8)
    asked = submit(practice, dependent_id=child, joiners=["Ida Conti"])
    for by, role in ((PATIENT, "patient"), (PROFESSIONAL, "professional")):
        shown = look(practice, asked.request_id, by=by, role=role)
        assert (shown.dependent_id, shown.joiners, shown.details) == (child, ["Ida Conti"], "A cough.")


def test_a_visit_at_once_is_confirmed_with_its_terms_and_both_steps_are_told(practice: Unit) -> None:
    set_booking_settings(practice, booking="instant")
    view = submit(practice)
    assert (view.status, view.version, view.submitted_by) == ("confirmed", 1, "patient")
    assert view.terms
    assert view.confirmed_at == MONDAY
    assert published(practice) == ["requests.request_submitted.v1", "requests.request_confirmed.v1"]
    assert submit(practice) == view


@pytest.mark.parametrize(("by", "role"), [(PROFESSIONAL, "professional"), (RECEPTIONIST, "clinic")])
def test_the_practice_asks_for_a_patient_who_came_before_and_so_confirms_it(
    clinic: Unit, by: UUID, role: str
) -> None:
    act(clinic, DeclineRequest, submit(clinic))
    view = submit(clinic, request_id=uuid4(), by=by, role=role, starts_at=at(30))
    assert (view.status, view.submitted_by, view.patient_id) == ("confirmed", "professional", PATIENT)
    assert view.terms
    assert look(clinic, view.request_id, by=PATIENT, role="patient") == view


def test_the_practice_asks_up_to_the_last_moment_and_while_patients_may_not(practice: Unit) -> None:
    submit(practice)
    set_booking_settings(practice, booking="off")
    soon = {"by": PROFESSIONAL, "role": "professional", "request_id": uuid4(), "starts_at": at(30)}
    assert submit(practice, now=at(29), **soon).status == "confirmed"
    with refuses("in_the_past"):
        submit(practice, now=at(30), **(soon | {"request_id": uuid4()}))


@pytest.mark.parametrize(
    ("by", "role", "patient_id"),
    [
        (PROFESSIONAL, "professional", STRANGER),
        (RECEPTIONIST, "clinic", PATIENT),
        (STRANGER, "professional", PATIENT),
        (PROFESSIONAL, "patient", PATIENT),
    ],
    ids=["for who never came", "no desk of hers", "another professional", "in another role"],
)
def test_nobody_else_is_asked_for(practice: Unit, by: UUID, role: str, patient_id: UUID) -> None:
    submit(practice)
    with refuses("not_yours"):
        submit(practice, request_id=uuid4(), starts_at=at(30), by=by, role=role, patient_id=patient_id)


def test_a_desk_asks_for_patients_of_its_clinic_and_at_its_places_alone(practice: Unit) -> None:
    """The professional also works alone, where the desk has no say and knows nobody."""
    ward = UUID(int=60)
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    locations.add(practice, place(location_id=ward, clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    tuesday = mondays(location_id=ward, weekly=[opening("tuesday")])
    schedules.publish_hours(practice, tuesday, now=MONDAY)
    submit(practice)
    submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=TUESDAY)
    desk = {"by": RECEPTIONIST, "role": "clinic"}
    for where, code in (({"location_id": LOCATION}, "unknown_location"), ({}, "outside_hours")):
        with refuses(code):
            submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=at(30), **desk, **where)
    with refuses("not_yours"):
        submit(practice, request_id=uuid4(), starts_at=TUESDAY + timedelta(minutes=30), **desk)
    theirs = {"patient_id": STRANGER, "starts_at": TUESDAY + timedelta(minutes=30)}
    assert submit(practice, request_id=uuid4(), **theirs, **desk).practice_id == CLINIC


@pytest.mark.parametrize(("by", "role"), [(PROFESSIONAL, "professional"), (RECEPTIONIST, "clinic")])
def test_sent_again_by_a_member_who_left_it_is_refused(clinic: Unit, by: UUID, role: str) -> None:
    """The caller and their right are checked before the stored answer."""
    act(clinic, DeclineRequest, submit(clinic))
    again = {"request_id": uuid4(), "starts_at": at(30), "by": by, "role": role}
    assert submit(clinic, **again) == submit(clinic, **again)
    looks = len(outbox(clinic, "requests.requests_read.v1"))
    member(clinic, by, "staff" if role == "clinic" else "professional", version=2, state="ended")
    with refuses("not_yours"):
        submit(clinic, **again)
    with refuses("not_yours"):
        submit(clinic, **(again | {"details": "Something else."}))
    assert len(outbox(clinic, "requests.requests_read.v1")) == looks
