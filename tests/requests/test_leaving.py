"""A professional who leaves a clinic, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import erasure, hours, places
from services.requests.store import tables
from shared.contracts.requests.hours import GetHours
from shared.contracts.requests.moves import RequestCancelled
from shared.contracts.requests.visits import RescheduleRequest
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST
from tests.requests.steps import (
    NEXT_MONDAY,
    all_done,
    as_patient,
    at,
    confirmed,
    free,
    look,
    member,
    mondays,
    opening,
    outbox,
    place,
    refuses,
    rows,
    submit,
)

WARD = UUID(int=60)
TUESDAY = NEXT_MONDAY + timedelta(days=1)


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """On Tuesdays the professional is at a clinic."""
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    places.add(practice, place(location_id=WARD, clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    hours.publish(practice, mondays(location_id=WARD, weekly=[opening("tuesday")]), now=MONDAY)
    return practice


def leave(practice: Unit) -> None:
    member(practice, PROFESSIONAL, "professional", version=2, state="ended")


def test_her_open_visits_there_end_and_her_hours_and_the_others_stay(clinic: Unit) -> None:
    own = confirmed(clinic)
    theirs = confirmed(clinic, starts_at=TUESDAY)
    waiting = submit(clinic, request_id=uuid4(), starts_at=TUESDAY + timedelta(minutes=30))
    leave(clinic)
    leave(clinic)
    facts = [RequestCancelled.model_validate(body) for body in outbox(clinic, RequestCancelled.topic)]
    assert {(each.request_id, each.by, each.reason) for each in facts} == {
        (view.request_id, "system", "professional_left") for view in (theirs, waiting)
    }
    assert look(clinic, own.request_id, by=PATIENT, role="patient") == own
    shown = hours.get(clinic, GetHours(professional_id=PROFESSIONAL), now=MONDAY).hours
    assert [each.location_id for each in shown] == [LOCATION]
    assert free(clinic, from_date=TUESDAY.date()) == []
    with refuses("unknown_location"):
        hours.publish(clinic, mondays(location_id=WARD, version=1), now=MONDAY)
    assert look(clinic, theirs.request_id, by=RECEPTIONIST, role="clinic").status == "cancelled"


def test_who_leaves_the_desk_leaves_the_visits(clinic: Unit) -> None:
    view = confirmed(clinic, starts_at=TUESDAY)
    member(clinic, RECEPTIONIST, "staff", version=2, state="ended")
    assert look(clinic, view.request_id, by=PATIENT, role="patient") == view


def test_no_request_that_races_with_her_leaving_stays_open_there(clinic: Unit) -> None:
    tasks: list[Callable[[], Any]] = [
        partial(
            submit,
            clinic,
            request_id=uuid4(),
            starts_at=TUESDAY + timedelta(weeks=n // 6, minutes=30 * (n % 6)),
        )
        for n in range(18)
    ]
    tasks.insert(6, partial(leave, clinic))
    codes = all_done(tasks)
    assert set(codes) <= {None, "outside_hours"}
    assert [row["status"] for row in rows(clinic, tables.requests)] == ["cancelled"] * (codes.count(None) - 1)


def test_a_request_that_is_being_written_is_finished_before_she_has_left(clinic: Unit) -> None:
    with ThreadPoolExecutor(1) as pool, clinic() as work:
        erasure.refuse_erased(work, professional_id=PROFESSIONAL, person_id=PATIENT)
        leaving = pool.submit(leave, clinic)
        with pytest.raises(TimeoutError):
            leaving.result(timeout=0.3)
        work.conn.commit()
        leaving.result(timeout=5)


@pytest.mark.parametrize("named", [True, False])
def test_a_visit_stays_within_its_practice_wherever_it_is_moved(clinic: Unit, named: bool) -> None:
    """What was promised, what is owed and whose list it is on are the practice's."""
    view = submit(clinic)
    where = {"location_id": WARD} if named else {}
    with refuses("unknown_location" if named else "outside_hours"):
        as_patient(clinic, RescheduleRequest, view, starts_at=TUESDAY, **where)
    assert as_patient(clinic, RescheduleRequest, view, starts_at=at(60)).practice_id == PROFESSIONAL
