"""Asking for visits and deciding on them, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from services.requests import store
from services.requests.handlers import hours, visits
from services.requests.store import tables
from shared.contracts.requests import (
    CancelRequest,
    ConfirmRequest,
    FindSlots,
    ListRequests,
    RequestView,
)
from shared.db import Unit
from shared.errors import Refused
from tests.pages import walked
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, STRANGER, demand
from tests.requests.steps import NEXT_MONDAY, announced, decide, look, page, submit


def test_the_row_and_its_event_are_committed_together(practice: Unit) -> None:
    view = submit(practice)
    assert (view.status, view.version, view.service_name) == ("pending", 1, "First visit")
    assert f"{view.starts_at}" == "2027-03-08 09:00:00+01:00"
    assert announced(practice) == ["requests.request_submitted.v1"]


def test_sending_it_again_finds_the_first_and_announces_nothing(practice: Unit) -> None:
    assert submit(practice) == submit(practice)
    assert len(announced(practice)) == 1


def test_the_same_id_with_another_body_is_refused(practice: Unit) -> None:
    submit(practice)
    with pytest.raises(Refused) as refusal:
        submit(practice, details="Something else.")
    assert refusal.value.code == "idempotency_key_reused"


def test_sending_it_twice_at_once_makes_one_request(practice: Unit) -> None:
    with ThreadPoolExecutor(16) as pool:
        views = list(pool.map(lambda _: submit(practice), range(16)))
    assert len(set(views)) == 1
    assert len(announced(practice)) == 1


def test_a_taken_slot_is_refused_with_the_next_free_ones(practice: Unit) -> None:
    submit(practice)
    with pytest.raises(Refused) as refusal:
        submit(practice, request_id=uuid4(), patient_id=STRANGER)
    assert refusal.value.code == "slot_taken"
    starts = [slot["starts_at"] for slot in refusal.value.facts["next_free"]]
    assert starts == [f"2027-03-08T{at}:00+01:00" for at in ("09:30", "10:00", "10:30")]
    assert len(announced(practice)) == 1


def test_the_last_slot_of_the_day_is_followed_by_those_of_next_week(practice: Unit) -> None:
    last = NEXT_MONDAY + timedelta(hours=2, minutes=30)
    submit(practice, starts_at=last)
    with pytest.raises(Refused) as refusal:
        submit(practice, starts_at=last, request_id=uuid4())
    assert refusal.value.facts["next_free"][0]["starts_at"] == "2027-03-15T09:00:00+01:00"


def test_a_request_that_nobody_decided_on_in_time_gives_its_slot_away(practice: Unit) -> None:
    """Even when no timer has run: whoever wants the slot ends the overdue request herself."""
    submit(practice)
    later = MONDAY + timedelta(hours=73)
    again = submit(practice, request_id=uuid4(), patient_id=STRANGER, now=later)
    assert again.status == "pending"
    first = look(practice, demand().request_id, by=PATIENT, role="patient")
    assert (first.status, first.version) == ("expired", 2)
    assert announced(practice) == [
        "requests.request_submitted.v1",
        "requests.request_expired.v1",
        "requests.request_submitted.v1",
    ]


def test_timers_end_what_is_overdue_once_however_many_run(practice: Unit) -> None:
    for minutes in (0, 30, 60):
        submit(practice, request_id=uuid4(), starts_at=NEXT_MONDAY + timedelta(minutes=minutes))
    late = MONDAY + timedelta(hours=72)
    assert visits.expire_overdue(practice, now=late - timedelta(seconds=1)) == 0
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: visits.expire_overdue(practice, now=late), range(4)))
    assert sum(ended) == 3
    assert announced(practice).count("requests.request_expired.v1") == 3


def test_cancelling_frees_the_slot(practice: Unit) -> None:
    view = submit(practice)
    taken = free_starts(practice)
    decide(
        practice, CancelRequest(request_id=view.request_id, by=PATIENT, role="patient", version=1), now=MONDAY
    )
    assert view.starts_at not in taken
    assert view.starts_at in free_starts(practice)
    assert submit(practice, request_id=uuid4(), patient_id=STRANGER).status == "pending"


def test_when_cancel_meets_confirm_the_first_wins_and_the_loser_learns_the_state(practice: Unit) -> None:
    for _ in range(10):
        request_id = uuid4()
        view = submit(practice, request_id=request_id)
        moves = [
            ConfirmRequest(request_id=request_id, by=PROFESSIONAL, role="professional", version=1),
            CancelRequest(request_id=request_id, by=PATIENT, role="patient", version=1),
        ]
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda move: outcome(practice, move), moves))
        [won] = [each for each in outcomes if isinstance(each, RequestView)]
        [lost] = [each for each in outcomes if isinstance(each, Refused)]
        assert lost.code == "stale_version"
        assert lost.facts == {"request": {"status": won.status, "version": 2}}
        stands = look(practice, request_id, by=PATIENT, role="patient")
        assert stands == won
        if won.status == "confirmed":
            decide(
                practice,
                CancelRequest(request_id=view.request_id, by=PATIENT, role="patient", version=2),
                now=MONDAY,
            )


def outcome(practice: Unit, move: visits.Decision) -> RequestView | Refused:
    try:
        return decide(practice, move, now=MONDAY)
    except Refused as refusal:
        return refusal


def test_a_repeated_decision_is_answered_alike_and_announced_once(practice: Unit) -> None:
    view = submit(practice)
    confirm = ConfirmRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional", version=1)
    assert decide(practice, confirm, now=MONDAY) == decide(practice, confirm, now=MONDAY)
    assert announced(practice).count("requests.request_confirmed.v1") == 1


def test_a_refusal_changes_nothing(practice: Unit) -> None:
    before = submit(practice)
    with pytest.raises(Refused):
        decide(
            practice,
            ConfirmRequest(request_id=before.request_id, by=PATIENT, role="patient", version=1),
            now=MONDAY,
        )
    assert look(practice, before.request_id, by=PATIENT, role="patient") == before
    assert len(announced(practice)) == 1


def test_the_database_itself_refuses_two_visits_at_one_time(practice: Unit) -> None:
    view = submit(practice)
    with practice() as work:
        found = store.visits.find(work, view.request_id)
    assert found
    row = found.__dict__ | {"id": uuid4(), "starts_at": found.starts_at + timedelta(minutes=29)}
    row["ends_at"] = row["starts_at"] + timedelta(minutes=30)
    with pytest.raises(sa.exc.IntegrityError) as error, practice() as work:
        work.conn.execute(sa.insert(tables.requests), row)
    assert isinstance(error.value.orig, psycopg2.errors.ExclusionViolation)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"professional_id": STRANGER}, "unknown_professional"),
        ({"service_id": STRANGER}, "unknown_service"),
        ({"starts_at": MONDAY - timedelta(days=7)}, "in_the_past"),
        ({"starts_at": NEXT_MONDAY + timedelta(days=1)}, "outside_hours"),
    ],
)
def test_what_cannot_be_asked_for_leaves_nothing_behind(
    practice: Unit, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        submit(practice, **changes)
    assert refusal.value.code == code
    assert announced(practice) == []


def test_pages_hold_every_request_once_for_both_people(practice: Unit) -> None:
    wanted = [
        submit(practice, request_id=uuid4(), starts_at=NEXT_MONDAY + timedelta(minutes=30 * n))
        for n in range(5)
    ]

    def fetch(asked: ListRequests, cursor: str | None) -> tuple[list[RequestView], str | None]:
        found = page(practice, asked.model_copy(update={"cursor": cursor}))
        return found.requests, found.next_cursor

    for asked in (
        ListRequests(person_id=PATIENT, role="patient", limit=2),
        ListRequests(person_id=PROFESSIONAL, role="professional", limit=2),
    ):
        assert walked(partial(fetch, asked)) == wanted[::-1]
    assert page(practice, ListRequests(person_id=STRANGER, role="patient")).requests == []
    confirmed = ListRequests(person_id=PATIENT, role="patient", status="confirmed")
    assert page(practice, confirmed).requests == []


def test_a_cursor_of_ones_own_making_is_refused(practice: Unit) -> None:
    for cursor in ("x", "", "e30", "WyIyMDI3Il0", "é"):
        with pytest.raises(Refused) as refusal:
            page(practice, ListRequests(person_id=PATIENT, role="patient", cursor=cursor))
        assert refusal.value.code == "bad_cursor"


def free_starts(practice: Unit) -> list[datetime]:
    query = FindSlots(
        professional_id=PROFESSIONAL, service_id=UUID(int=10), from_date=NEXT_MONDAY.date(), days=1
    )
    return [slot.starts_at for slot in hours.find_slots(practice, query, now=MONDAY).slots]
