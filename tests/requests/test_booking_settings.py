"""Booking settings of a professional, on a real database."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import schedules, services
from services.requests.store import tables
from shared.contracts.requests.hours import GetBookingSettings
from shared.contracts.requests.requests import CancelRequest, RescheduleRequest
from shared.contracts.requests.services import ChangeService, ServiceSettings
from shared.contracts.requests.slots import OfPractice
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    all_done,
    as_patient,
    at,
    confirmed,
    first_visit,
    free,
    member,
    refuses,
    rows,
    set_booking_settings,
    submit,
)


def test_a_calendar_is_as_usual_until_it_is_set(practice: Unit) -> None:
    usual = schedules.get_booking_settings(practice, GetBookingSettings(professional_id=PROFESSIONAL))
    assert (usual.version, usual.booking, usual.lead_minutes) == (0, "request", 120)
    after = set_booking_settings(practice, lead_minutes=60)
    assert (after.version, after.lead_minutes) == (1, 60)
    assert set_booking_settings(practice, lead_minutes=60) == after
    assert schedules.get_booking_settings(practice, GetBookingSettings(professional_id=PROFESSIONAL)) == after
    with refuses("stale_version"):
        set_booking_settings(practice, lead_minutes=90)


@pytest.mark.parametrize("version", [0, 1])
def test_of_two_edits_at_once_one_wins(practice: Unit, version: int) -> None:
    if version:
        set_booking_settings(practice)
    edits = [partial(set_booking_settings, practice, version=version, lead_minutes=n) for n in (10, 20)]
    assert sorted(map(str, all_done(edits))) == ["None", "stale_version"]


@pytest.mark.parametrize(
    ("by", "role"), [(STRANGER, "professional"), (PATIENT, "patient"), (PATIENT, "clinic")]
)
def test_nobody_else_sets_it(practice: Unit, by: UUID, role: str) -> None:
    with refuses("not_yours"):
        set_booking_settings(practice, by=by, role=role)


def test_the_front_desk_sets_it(practice: Unit) -> None:
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    assert set_booking_settings(practice, by=RECEPTIONIST, role="clinic", booking="off").booking == "off"


@pytest.mark.parametrize(
    ("hers", "own", "outcome"),
    [
        ("request", None, "pending"),
        ("instant", None, "confirmed"),
        ("request", "instant", "confirmed"),
        ("instant", "request", "pending"),
        ("request", "off", None),
        ("off", None, None),
        ("off", "instant", None),
    ],
)
def test_a_service_may_be_booked_otherwise_than_the_rest_unless_nothing_can(
    practice: Unit, hers: str, own: str | None, outcome: str | None
) -> None:
    set_booking_settings(practice, booking=hers)
    special = UUID(int=11)
    services.add(practice, first_visit(service_id=special, booking=own), now=MONDAY)
    if outcome:
        assert free(practice, service_id=special)
        assert submit(practice, service_id=special).status == outcome
    else:
        with refuses("booking_off"):
            free(practice, service_id=special)
        with refuses("booking_off"):
            submit(practice, service_id=special)


def test_the_lead_time_leaves_room_for_a_review_and_none_where_there_is_no_review(practice: Unit) -> None:
    set_booking_settings(practice, lead_minutes=60)
    early = NEXT_MONDAY - timedelta(minutes=90)
    assert free(practice, now=early)[0] == NEXT_MONDAY
    assert free(practice, now=early + timedelta(seconds=1))[0] == at(30)
    view = submit(practice, now=early)
    assert view.expires_at == NEXT_MONDAY - timedelta(minutes=60)
    as_patient(practice, CancelRequest, view, now=early)
    set_booking_settings(practice, version=1, lead_minutes=60, booking="instant")
    assert free(practice, now=early + timedelta(minutes=30))[0] == NEXT_MONDAY
    with refuses("too_soon"):
        submit(practice, request_id=uuid4(), now=early + timedelta(minutes=31))


def test_the_horizon_is_as_far_as_anybody_may_ask(practice: Unit) -> None:
    set_booking_settings(practice, horizon_days=7)
    assert free(practice, days=35) == [NEXT_MONDAY]
    with refuses("too_far_ahead"):
        submit(practice, starts_at=at(30))
    with refuses("too_far_ahead"):
        free(practice, from_date=NEXT_MONDAY.date() + timedelta(days=1))
    with refuses("too_far_ahead"):
        as_patient(practice, RescheduleRequest, submit(practice), starts_at=at(30))


def test_the_grid_says_where_visits_start(practice: Unit) -> None:
    set_booking_settings(practice, grid_minutes=20)
    assert [each.minute for each in free(practice)] == [0, 20, 40, 0, 20, 40, 0, 20]
    assert submit(practice, starts_at=at(20)).starts_at == at(20)
    with refuses("not_a_slot"):
        submit(practice, request_id=uuid4(), starts_at=at(30))
    assert [each.minute for each in free(practice)] == [0, 20, 40, 0, 20]


def test_a_full_day_takes_nobody_else_and_the_next_one_does(practice: Unit) -> None:
    set_booking_settings(practice, daily_maximum=2)
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(2)]
    assert free(practice) == []
    assert len(free(practice, from_date=NEXT_MONDAY.date() + timedelta(days=7))) == 6
    with refuses("day_full"):
        submit(practice, request_id=uuid4(), starts_at=at(60))
    other = confirmed(practice, starts_at=NEXT_MONDAY + timedelta(days=7))
    with refuses("day_full"):
        as_patient(practice, RescheduleRequest, other, starts_at=at(60))
    assert as_patient(practice, RescheduleRequest, views[0], starts_at=at(60)).starts_at == at(60)
    as_patient(practice, CancelRequest, views[1])
    assert submit(practice, request_id=uuid4(), starts_at=at(90)).status == "pending"


def test_of_many_who_race_for_the_last_visits_of_a_day_exactly_so_many_come(practice: Unit) -> None:
    set_booking_settings(practice, daily_maximum=3, grid_minutes=5)
    services.add(practice, first_visit(service_id=UUID(int=11), minutes=5), now=MONDAY)
    asking = [
        partial(
            submit,
            practice,
            request_id=uuid4(),
            patient_id=UUID(int=100 + n),
            service_id=UUID(int=11),
            starts_at=at(5 * n),
        )
        for n in range(8)
    ]
    codes = all_done(asking)
    assert codes.count(None) == 3
    assert codes.count("day_full") == 5
    assert len(rows(practice, tables.holds)) == 3


def test_a_request_nobody_decided_on_in_time_fills_no_day(practice: Unit) -> None:
    """Even when no timer has run."""
    set_booking_settings(practice, daily_maximum=1)
    view = submit(practice)
    later = submit(practice, request_id=uuid4(), starts_at=at(60), now=view.expires_at)
    assert later.status == "pending"


def test_the_last_visit_of_a_day_that_is_sent_twice_at_once_is_one(practice: Unit) -> None:
    set_booking_settings(practice, daily_maximum=1)
    assert all_done([partial(submit, practice)] * 8) == [None] * 8


def test_the_practice_finds_times_though_patients_cannot_book_or_not_so_soon(practice: Unit) -> None:
    she = OfPractice(by=PROFESSIONAL, role="professional")
    set_booking_settings(practice, booking="off")
    with refuses("booking_off"):
        free(practice)
    assert free(practice, asked_by=she)[0] == at(0)
    set_booking_settings(practice, version=1, booking="request", lead_minutes=24 * 60)
    an_hour_before = at(-60)
    assert free(practice, now=an_hour_before) == []
    [first, *_] = free(practice, now=an_hour_before, asked_by=she)
    booked = submit(
        practice, now=an_hour_before, by=PROFESSIONAL, role="professional", guest=True, starts_at=first
    )
    assert (booked.status, booked.starts_at) == ("confirmed", first)


def test_nobody_else_sees_the_times_of_the_practice(practice: Unit) -> None:
    for who in (OfPractice(by=PATIENT, role="professional"), OfPractice(by=PROFESSIONAL, role="clinic")):
        with refuses("not_yours"):
            free(practice, asked_by=who)


def test_what_is_offered_no_more_has_no_times_for_the_practice_either(practice: Unit) -> None:
    change = ChangeService(
        service_id=UUID(int=10),
        professional_id=PROFESSIONAL,
        by=PROFESSIONAL,
        role="professional",
        version=1,
        settings=ServiceSettings(name="First visit", minutes=30, offered=False),
    )
    services.change(practice, change, now=MONDAY)
    with refuses("booking_off"):
        free(practice, asked_by=OfPractice(by=PROFESSIONAL, role="professional"))
