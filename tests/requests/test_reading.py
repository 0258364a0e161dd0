"""Lists of requests, on a real database."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import locations, schedules, services
from shared.contracts.requests.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    ListRequests,
    RequestView,
)
from shared.db import Unit
from tests.pages import walked
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    act,
    as_patient,
    at,
    confirmed,
    first_visit,
    member,
    mondays,
    opening,
    page,
    place,
    refuses,
    settle,
    submit,
)


def listed(practice: Unit, *, now: object = MONDAY, **wanted: object) -> list[UUID]:
    """Ids of all pages of two."""
    asked = ListRequests(**({"person_id": PATIENT, "role": "patient", "limit": 2} | wanted))

    def fetch(cursor: str | None) -> tuple[list[RequestView], str | None]:
        found = page(practice, asked.model_copy(update={"cursor": cursor}), now=now)
        return found.requests, found.next_cursor

    return [each.request_id for each in walked(fetch)]


def test_pages_hold_every_request_once_for_both_people(practice: Unit) -> None:
    wanted = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)).request_id for n in range(5)]
    assert listed(practice) == wanted[::-1]
    assert listed(practice, person_id=PROFESSIONAL, role="professional") == wanted[::-1]
    assert listed(practice, person_id=STRANGER) == []
    assert listed(practice, status="confirmed") == []


def test_a_cursor_of_ones_own_making_is_refused(practice: Unit) -> None:
    for cursor in ("x", "", "e30", "WyIyMDI3Il0", "é"):
        with refuses("bad_cursor"):
            page(practice, ListRequests(person_id=PATIENT, role="patient", cursor=cursor))


def test_upcoming_are_confirmed_and_not_over_soonest_first(practice: Unit) -> None:
    late, soon, middle = (confirmed(practice, starts_at=at(n)) for n in (120, 0, 60))
    submit(practice, request_id=uuid4(), starts_at=at(30))
    ids = [each.request_id for each in (soon, middle, late)]
    assert listed(practice, shown="upcoming") == ids
    assert listed(practice, shown="upcoming", now=at(30)) == ids[1:]


def test_requested_are_pending_the_longest_waiting_first(practice: Unit) -> None:
    waiting = [
        submit(practice, request_id=uuid4(), starts_at=at(minutes), now=MONDAY + timedelta(minutes=n))
        for n, minutes in enumerate((60, 0, 30))
    ]
    confirmed(practice, starts_at=at(90))
    assert listed(practice, shown="requested") == [each.request_id for each in waiting]


def test_past_are_those_that_ended_in_whatever_way_and_those_that_are_over(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(5)]
    as_patient(practice, CancelRequest, views[0])
    act(practice, DeclineRequest, views[1])
    done = act(practice, ConfirmRequest, views[2])
    over = act(practice, ConfirmRequest, views[3])
    assert listed(practice, shown="past") == [views[1].request_id, views[0].request_id]
    act(practice, CompleteRequest, done, now=done.ends_at)
    assert over.request_id not in listed(practice, shown="upcoming", now=over.ends_at)
    ended = [each.request_id for each in (over, done, views[1], views[0])]
    assert listed(practice, shown="past", now=over.ends_at) == ended


def test_lists_are_narrowed_down_by_service_and_location(practice: Unit) -> None:
    other = UUID(int=11)
    services.add(practice, first_visit(service_id=other, name="Check-up"), now=MONDAY)
    first, second = submit(practice), submit(practice, request_id=uuid4(), service_id=other, starts_at=at(60))
    assert listed(practice, service_id=other) == [second.request_id]
    assert listed(practice, location_id=LOCATION) == [second.request_id, first.request_id]
    assert listed(practice, location_id=other) == []


def test_days_are_those_of_the_time_zone_asked_for(practice: Unit) -> None:
    """09:00 on Monday in Rome is Sunday night in Honolulu."""
    ids = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)).request_id for n in range(3)]
    sunday, monday = date(2027, 3, 7), date(2027, 3, 8)
    assert listed(practice, first_day=monday) == ids
    assert listed(practice, first_day=monday, time_zone="Europe/Rome") == ids
    assert listed(practice, first_day=monday, time_zone="Pacific/Honolulu") == []
    assert listed(practice, first_day=sunday, time_zone="Pacific/Honolulu") == ids
    assert listed(practice, first_day=sunday, days=2) == ids
    assert listed(practice, first_day=sunday) == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"first_day": date(9999, 12, 31)}, "too_far_ahead"),
        ({"professional_id": PROFESSIONAL}, "not_yours"),
        ({"clinic_id": CLINIC}, "not_yours"),
        ({"role": "clinic"}, "missing_field"),
    ],
)
def test_what_cannot_be_listed_is_refused(practice: Unit, wanted: dict[str, object], code: str) -> None:
    with refuses(code):
        listed(practice, **({"first_day": date(2027, 3, 8)} | wanted))


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """Two professionals work at a clinic, and each at a location of their own."""
    member(practice, RECEPTIONIST, "staff")
    there = UUID(int=60)
    member(practice, PROFESSIONAL, "professional")
    member(practice, STRANGER, "professional")
    locations.add(practice, place(location_id=there, clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    settle(practice, STRANGER)
    services.add(practice, first_visit(service_id=UUID(int=11), professional_id=STRANGER), now=MONDAY)
    for professional_id in (PROFESSIONAL, STRANGER):
        schedules.publish_hours(
            practice,
            mondays(professional_id=professional_id, location_id=there, weekly=[opening("tuesday")]),
            now=MONDAY,
        )
    return practice


def test_the_list_of_a_clinic_shows_the_visits_at_its_places_of_all_its_professionals(clinic: Unit) -> None:
    tuesday = NEXT_MONDAY + timedelta(days=1)
    ask: Callable[..., RequestView] = partial(submit, clinic)
    own = ask(request_id=uuid4())
    hers = ask(request_id=uuid4(), starts_at=tuesday)
    theirs = ask(
        request_id=uuid4(),
        now=MONDAY + timedelta(minutes=1),
        starts_at=tuesday + timedelta(minutes=30),
        professional_id=STRANGER,
        service_id=UUID(int=11),
    )
    assert (hers.practice_id, own.practice_id) == (CLINIC, PROFESSIONAL)
    desk = {"person_id": RECEPTIONIST, "role": "clinic", "clinic_id": CLINIC}
    assert listed(clinic, **desk) == [theirs.request_id, hers.request_id]
    assert listed(clinic, **desk, shown="requested") == [hers.request_id, theirs.request_id]
    assert listed(clinic, **desk, first_day=tuesday.date()) == [hers.request_id, theirs.request_id]
    with refuses("not_yours"):
        listed(clinic, person_id=RECEPTIONIST, role="clinic", clinic_id=UUID(int=51))
    with refuses("not_yours"):
        listed(clinic, person_id=PROFESSIONAL, role="professional", clinic_id=CLINIC)
