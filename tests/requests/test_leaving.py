"""A professional who leaves a clinic, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import locations, reading, schedules, services
from services.requests.operations import access
from services.requests.store import tables
from shared.contracts.requests.hours import GetHours
from shared.contracts.requests.moves import (
    RequestCancelled,
    RequestConfirmed,
    RequestHandedOver,
    RequestRescheduled,
    RequestUnstaffed,
)
from shared.contracts.requests.proposals import AcceptProposal, DeclineProposal, ProposeTime
from shared.contracts.requests.requests import (
    CancelRequest,
    ConfirmRequest,
    ListRequests,
    RequestView,
    RescheduleRequest,
    SyncRequests,
)
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    all_done,
    as_patient,
    at,
    confirmed,
    first_visit,
    look,
    member,
    mondays,
    opening,
    outbox,
    page,
    place,
    refuses,
    rows,
    settle,
    submit,
    wake,
)

WARD, COLLEAGUE, THEIR_SERVICE = UUID(int=60), UUID(int=5), UUID(int=11)
HALF = timedelta(minutes=30)
DESK: dict[str, Any] = {"by": RECEPTIONIST, "role": "clinic"}
TUESDAY = NEXT_MONDAY + timedelta(days=1)


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """On Tuesdays the professional is at a clinic."""
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    locations.add(practice, place(location_id=WARD, clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    schedules.publish_hours(practice, mondays(location_id=WARD, weekly=[opening("tuesday")]), now=MONDAY)
    return practice


def leave(practice: Unit, *, now: datetime = MONDAY) -> None:
    member(practice, PROFESSIONAL, "professional", now=now, version=2, state="ended")


def hand_over(practice: Unit, view: RequestView, **changes: Any) -> RequestView:
    """The desk proposes a colleague of the professional's, at the same time unless told."""
    fields = {"starts_at": view.starts_at, "professional_id": COLLEAGUE, "service_id": THEIR_SERVICE}
    return act(practice, ProposeTime, view, **(DESK | fields | changes))


@pytest.fixture
def colleague(clinic: Unit) -> Unit:
    """Another professional of the clinic is there on Tuesdays as well."""
    member(clinic, COLLEAGUE, "professional")
    theirs = mondays(professional_id=COLLEAGUE, location_id=WARD, weekly=[opening("tuesday")])
    schedules.publish_hours(clinic, theirs, now=MONDAY)
    services.add(
        clinic, first_visit(service_id=THEIR_SERVICE, professional_id=COLLEAGUE, name="Theirs"), now=MONDAY
    )
    return clinic


def test_visits_to_come_stay_the_clinics_unstaffed_and_the_others_stay_as_they_are(clinic: Unit) -> None:
    own = confirmed(clinic)
    theirs = confirmed(clinic, starts_at=TUESDAY)
    waiting = submit(clinic, request_id=uuid4(), starts_at=TUESDAY + timedelta(minutes=30))
    leave(clinic)
    leave(clinic)
    facts = [RequestUnstaffed.model_validate(body) for body in outbox(clinic, RequestUnstaffed.topic)]
    assert {each.request_id for each in facts} == {theirs.request_id, waiting.request_id}
    assert outbox(clinic, RequestCancelled.topic) == []
    assert look(clinic, own.request_id, by=PATIENT, role="patient") == own
    wanted = ListRequests(person_id=RECEPTIONIST, role="clinic", clinic_id=CLINIC, unstaffed=True)
    shown = page(clinic, wanted).requests
    assert {each.request_id for each in shown} == {theirs.request_id, waiting.request_id}
    assert all(each.unstaffed for each in shown)
    listed = schedules.get_hours(clinic, GetHours(professional_id=PROFESSIONAL), now=MONDAY).hours
    assert [each.location_id for each in listed] == [LOCATION]
    with refuses("unknown_location"):
        schedules.publish_hours(clinic, mondays(location_id=WARD, version=1), now=MONDAY)


def test_the_professional_who_left_sees_those_to_come_no_more_and_those_that_were_held_still(
    clinic: Unit,
) -> None:
    past = confirmed(clinic, starts_at=TUESDAY)
    to_come = confirmed(clinic, starts_at=TUESDAY + timedelta(weeks=1))
    left_at = TUESDAY + timedelta(hours=1)
    leave(clinic, now=left_at)
    mine = ListRequests(person_id=PROFESSIONAL, role="professional")
    assert [each.request_id for each in page(clinic, mine).requests] == [past.request_id]
    asks = SyncRequests(person_id=PROFESSIONAL, role="professional")
    changed = reading.sync(clinic, asks, tools=TOOLS, access_id=uuid4(), now=left_at).requests
    assert [each.request_id for each in changed] == [past.request_id]
    assert look(clinic, past.request_id, by=PROFESSIONAL, role="professional") == past
    with refuses("not_yours"):
        look(clinic, to_come.request_id, by=PROFESSIONAL, role="professional")
    for view in (past, to_come):
        with refuses("not_yours"):
            act(clinic, CancelRequest, view)


def test_the_time_of_a_visit_that_is_unstaffed_is_free_for_the_professional_elsewhere(clinic: Unit) -> None:
    confirmed(clinic, starts_at=TUESDAY)
    leave(clinic)
    schedules.publish_hours(clinic, mondays(version=1, weekly=[opening("tuesday")]), now=MONDAY)
    assert submit(clinic, request_id=uuid4(), starts_at=TUESDAY).practice_id == PROFESSIONAL


def test_an_unstaffed_visit_is_neither_confirmed_nor_moved_by_anybody(clinic: Unit) -> None:
    waiting, sure = submit(clinic, starts_at=TUESDAY), confirmed(clinic, starts_at=TUESDAY + HALF)
    leave(clinic)
    waiting, sure = (look(clinic, each.request_id, **DESK) for each in (waiting, sure))
    with refuses("unstaffed"):
        act(clinic, ConfirmRequest, waiting, **DESK)
    for who in (DESK, {"by": PATIENT, "role": "patient"}):
        with refuses("unstaffed"):
            act(clinic, RescheduleRequest, sure, starts_at=TUESDAY + timedelta(weeks=1), **who)


def test_the_desk_cancels_it_and_the_reason_is_told(clinic: Unit) -> None:
    view = confirmed(clinic, starts_at=TUESDAY)
    leave(clinic)
    assert act(clinic, CancelRequest, look(clinic, view.request_id, **DESK), **DESK).status == "cancelled"
    [fact] = outbox(clinic, RequestCancelled.topic)
    assert (fact["by"], fact["reason"]) == ("professional", "professional_left")


def test_a_patient_who_cancels_an_unstaffed_visit_owes_nothing_however_late(clinic: Unit) -> None:
    view = confirmed(clinic, starts_at=TUESDAY)
    leave(clinic)
    late = TUESDAY - timedelta(hours=1)
    after = as_patient(
        clinic, CancelRequest, look(clinic, view.request_id, by=PATIENT, role="patient"), now=late
    )
    assert (after.status, after.fee) == ("cancelled", None)


def test_an_unstaffed_visit_that_nobody_handed_over_ends_when_it_begins(clinic: Unit) -> None:
    view = confirmed(clinic, starts_at=TUESDAY)
    leave(clinic)
    assert wake(clinic, now=TUESDAY - timedelta(seconds=1)) == 0
    assert wake(clinic, now=TUESDAY) == 1
    assert look(clinic, view.request_id, **DESK).status == "cancelled"
    [fact] = outbox(clinic, RequestCancelled.topic)
    assert (fact["by"], fact["reason"]) == ("system", "professional_left")


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_it_is_handed_over_to_a_colleague_when_the_patient_accepts(colleague: Unit, status: str) -> None:
    make = confirmed if status == "confirmed" else partial(submit, request_id=uuid4())
    view = make(colleague, starts_at=TUESDAY)
    leave(colleague)
    proposed = hand_over(colleague, look(colleague, view.request_id, **DESK))
    made = proposed.proposal
    assert made
    assert (made.professional_id, made.service_id) == (COLLEAGUE, THEIR_SERVICE)
    with refuses("slot_taken"):
        submit(
            colleague,
            request_id=uuid4(),
            patient_id=STRANGER,
            professional_id=COLLEAGUE,
            service_id=THEIR_SERVICE,
            starts_at=TUESDAY,
        )
    after = as_patient(colleague, AcceptProposal, proposed, proposal_id=made.proposal_id)
    assert (after.status, after.professional_id, after.unstaffed) == ("confirmed", COLLEAGUE, False)
    assert (after.service_id, after.service_name) == (THEIR_SERVICE, "Theirs")
    assert as_patient(colleague, AcceptProposal, proposed, proposal_id=made.proposal_id) == after
    [fact] = outbox(colleague, RequestHandedOver.topic)
    assert (fact["professional_id"], fact["old_professional_id"]) == (str(COLLEAGUE), str(PROFESSIONAL))
    [moved] = outbox(colleague, RequestRescheduled.topic)
    [once_confirmed] = outbox(colleague, RequestConfirmed.topic)
    assert (moved["handed_over"], once_confirmed["handed_over"]) == (True, status == "pending")
    [held] = rows(colleague, tables.holds)
    assert (held["professional_id"], held["request_id"]) == (COLLEAGUE, view.request_id)
    assert look(colleague, view.request_id, by=COLLEAGUE, role="professional") == after
    with refuses("not_yours"):
        look(colleague, view.request_id, by=PROFESSIONAL, role="professional")


def test_a_time_that_was_offered_for_handing_over_is_free_again_when_the_patient_declines(
    colleague: Unit,
) -> None:
    view = confirmed(colleague, starts_at=TUESDAY)
    leave(colleague)
    proposed = hand_over(colleague, look(colleague, view.request_id, **DESK))
    assert proposed.proposal
    as_patient(colleague, DeclineProposal, proposed, proposal_id=proposed.proposal.proposal_id)
    assert rows(colleague, tables.holds) == []
    assert look(colleague, view.request_id, **DESK).unstaffed


def test_a_colleague_who_leaves_as_well_is_offered_no_more(colleague: Unit) -> None:
    view = confirmed(colleague, starts_at=TUESDAY)
    leave(colleague)
    proposed = hand_over(colleague, look(colleague, view.request_id, **DESK))
    assert proposed.proposal
    member(colleague, COLLEAGUE, "professional", version=2, state="ended")
    with refuses("proposal_closed"):
        as_patient(colleague, AcceptProposal, proposed, proposal_id=proposed.proposal.proposal_id)
    assert rows(colleague, tables.holds) == []


def test_only_an_unstaffed_visit_is_handed_over_and_only_within_the_clinic(colleague: Unit) -> None:
    staffed = confirmed(colleague, starts_at=TUESDAY)
    with refuses("not_allowed"):
        hand_over(colleague, staffed)
    leave(colleague)
    unstaffed = look(colleague, staffed.request_id, **DESK)
    with refuses("missing_field"):
        hand_over(colleague, unstaffed, service_id=None)
    own = settle(colleague, COLLEAGUE)
    with refuses("unknown_location"):
        hand_over(colleague, unstaffed, starts_at=NEXT_MONDAY, location_id=own)


def test_who_leaves_the_desk_leaves_the_visits(clinic: Unit) -> None:
    view = confirmed(clinic, starts_at=TUESDAY)
    member(clinic, RECEPTIONIST, "staff", version=2, state="ended")
    assert look(clinic, view.request_id, by=PATIENT, role="patient") == view


def test_every_request_that_races_with_her_leaving_is_unstaffed(clinic: Unit) -> None:
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
    assert [row["unstaffed"] for row in rows(clinic, tables.requests)] == [True] * (codes.count(None) - 1)
    assert rows(clinic, tables.holds) == []


def test_a_request_that_is_being_written_is_finished_before_she_has_left(clinic: Unit) -> None:
    with ThreadPoolExecutor(1) as pool, clinic() as work:
        access.refuse_erased(work, professional_id=PROFESSIONAL, person_id=PATIENT)
        leaving = pool.submit(leave, clinic)
        with pytest.raises(TimeoutError):
            leaving.result(timeout=0.3)
        work.conn.commit()
        leaving.result(timeout=5)


@pytest.mark.parametrize("named", [True, False])
def test_a_visit_stays_within_its_practice_wherever_it_is_moved(clinic: Unit, named: bool) -> None:
    """The terms, the fee and the lists belong to the practice."""
    view = submit(clinic)
    where = {"location_id": WARD} if named else {}
    with refuses("unknown_location" if named else "outside_hours"):
        as_patient(clinic, RescheduleRequest, view, starts_at=TUESDAY, **where)
    assert as_patient(clinic, RescheduleRequest, view, starts_at=at(60)).practice_id == PROFESSIONAL
