"""Limits on the requests of one patient, by the rules alone and on a real database."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.requests.domain import limits
from services.requests.domain.interval import Interval
from services.requests.domain.limits import Asked, Bounds, History, Limits
from services.requests.handlers import erasure, guests, moves, policies, services, submissions
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.refusals import Refused
from shared.contracts.requests.policies import PolicySettings, SetPolicy
from shared.contracts.requests.requests import (
    CancelRequest,
    ConfirmRequest,
    RequestView,
    RescheduleRequest,
    VerifyRequest,
)
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, STRANGER, command, pending
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    all_done,
    as_patient,
    at,
    confirmed,
    first_visit,
    refuses,
    rows,
    set_booking_settings,
    settle,
    wake,
)

FRESH = Bounds().fresh
SMALL = replace(TOOLS, bounds=Bounds())
HOUR = timedelta(hours=1)
ADDRESS = UUID(int=77)
"""The key that guests with one address are counted by."""
VISIT = Interval(NEXT_MONDAY, NEXT_MONDAY + HOUR)


def ask(practice: Unit, number: int = 0, *, now: datetime = MONDAY, **changes: Any) -> RequestView:
    """The slot of this number, six in a week, within the limits that hold where nothing is set."""
    fields = {"request_id": uuid4(), "starts_at": at(7 * 1440 * (number // 6) + 30 * (number % 6))}
    return submissions.submit(
        practice, command(**(fields | changes)), tools=SMALL, access_id=uuid4(), now=now
    )


def ask_as_guest(practice: Unit, number: int = 0, *, key: UUID = ADDRESS, **changes: Any) -> RequestView:
    """Each time as another guest, as the gateway does with each idempotency key."""
    guest = {"by": (guest_id := uuid4()), "patient_id": guest_id, "guest": True, "counts_as": key}
    return ask(practice, number, **guest | changes)


def verify(practice: Unit, view: RequestView, *, by: UUID | None = None) -> RequestView:
    wanted = VerifyRequest(request_id=view.request_id, by=by or view.patient_id)
    return guests.verify(practice, wanted, tools=SMALL, now=MONDAY)


def let(practice: Unit, **settings: Any) -> None:
    made = PolicySettings(**settings)
    policies.set_policy(practice, SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=made))


def others(practice: Unit, count: int) -> list[dict[str, Any]]:
    """Professionals beside the first, and what to ask them for."""
    wanted = []
    for number in range(count):
        who, what = UUID(int=300 + number), UUID(int=400 + number)
        settle(practice, who)

        services.add(practice, first_visit(service_id=what, professional_id=who), now=MONDAY)
        wanted.append({"professional_id": who, "service_id": what})
    return wanted


def test_a_fresh_patient_has_few_open_requests_with_one_professional(practice: Unit) -> None:
    for number in range(FRESH.with_one):
        ask(practice, number)
    with refuses("too_many_open") as refusal:
        ask(practice, FRESH.with_one)
    assert refusal.value.facts == {"per": "professional", "limit": FRESH.with_one}
    ask(practice, FRESH.with_one, patient_id=STRANGER)


def test_a_fresh_patient_has_few_open_requests_in_all(practice: Unit) -> None:
    wanted = others(practice, FRESH.open + 1)
    for each in wanted[:-1]:
        ask(practice, **each)
    with refuses("too_many_open") as refusal:
        ask(practice, **wanted[-1])
    assert refusal.value.facts == {"per": "patient", "limit": FRESH.open}


def test_a_patient_whom_a_practice_has_accepted_can_ask_for_more(practice: Unit) -> None:
    act(practice, ConfirmRequest, ask(practice), now=MONDAY + HOUR)
    for number in range(1, Bounds().known.with_one):
        ask(practice, number, now=MONDAY + HOUR)
    with refuses("too_many_open") as refusal:
        ask(practice, 11, now=MONDAY + HOUR)
    assert refusal.value.facts["limit"] == Bounds().known.with_one


def test_what_is_booked_at_once_makes_nobody_known(practice: Unit) -> None:
    set_booking_settings(practice, booking="instant")
    for number in range(FRESH.with_one):
        assert ask(practice, number).status == "confirmed"
    with refuses("too_many_open"):
        ask(practice, FRESH.with_one)


def test_a_visit_that_began_and_a_request_that_expired_are_open_no_more(practice: Unit) -> None:
    for number in range(FRESH.with_one):
        ask(practice, number)
    later = MONDAY + timedelta(days=4)
    assert ask(practice, FRESH.with_one, now=later).status == "pending"


def test_what_the_practice_asks_on_behalf_of_a_patient_counts_for_nobody(practice: Unit) -> None:
    ask(practice, 0)
    for number in range(1, 5):
        ask(practice, number, by=PROFESSIONAL, role="professional")
    assert ask(practice, 5).status == "pending"


def test_a_practice_sets_limits_of_its_own(practice: Unit) -> None:
    let(practice, open_per_patient=1, asked_per_day=2)
    first = ask(practice, 0)
    with refuses("too_many_open") as refusal:
        ask(practice, 1)
    assert refusal.value.facts == {"per": "practice", "limit": 1}
    as_patient(practice, CancelRequest, first)
    second = ask(practice, 1, now=MONDAY + HOUR)
    as_patient(practice, CancelRequest, second, now=MONDAY + HOUR)
    with refuses("too_many_today") as refusal:
        ask(practice, 2, now=MONDAY + HOUR)
    assert refusal.value.facts["per"] == "practice"
    assert refusal.value.facts["retry_after"] == 23 * 3600
    ask(practice, 2, now=MONDAY + timedelta(hours=24))


def test_cancelling_does_not_let_a_patient_ask_on_and_on(practice: Unit) -> None:
    for number in range(FRESH.a_day):
        as_patient(practice, CancelRequest, ask(practice, number))
    with refuses("too_many_today") as refusal:
        ask(practice, FRESH.a_day)
    assert refusal.value.facts["limit"] == FRESH.a_day
    ask(practice, FRESH.a_day, now=MONDAY + timedelta(hours=24))


def test_exactly_as_many_pass_as_the_limit_says_however_many_ask_at_once(practice: Unit) -> None:
    codes = all_done([partial(ask, practice, number) for number in range(18)])
    assert Counter(codes) == {None: FRESH.with_one, "too_many_open": 18 - FRESH.with_one}
    assert len(rows(practice, tables.requests)) == len(rows(practice, tables.holds)) == FRESH.with_one


def test_a_request_that_is_sent_twice_at_once_counts_once(practice: Unit) -> None:
    for number in range(FRESH.with_one - 1):
        ask(practice, number)
    last = uuid4()
    codes = all_done([partial(ask, practice, FRESH.with_one, request_id=last)] * 8)
    assert codes == [None] * 8
    assert ask(practice, FRESH.with_one, request_id=last).status == "pending"


def test_a_time_can_be_taken_again_after_an_honest_slip(practice: Unit) -> None:
    as_patient(practice, CancelRequest, ask(practice))
    assert ask(practice).status == "pending"


def test_taking_again_and_again_what_was_given_up_costs_a_growing_wait(practice: Unit) -> None:
    now = MONDAY
    for wait in (timedelta(0), *limits.WAITS[1:3]):
        now += wait
        if wait:
            with refuses("given_up_just_now") as refusal:
                ask(practice, now=now - timedelta(seconds=1))
            assert refusal.value.facts["retry_after"] == 1
        as_patient(practice, CancelRequest, ask(practice, now=now), now=now)
        if not wait:
            as_patient(practice, CancelRequest, ask(practice, now=now), now=now)
    ask(practice, 1, now=now)
    ask(practice, patient_id=STRANGER, now=now)


def test_a_time_that_expired_twice_costs_a_wait_too(practice: Unit) -> None:
    now = MONDAY
    for _ in range(2):
        now = ask(practice, now=now).expires_at
    with refuses("given_up_just_now"):
        ask(practice, now=now)
    wake(practice, now=now)
    with refuses("given_up_just_now"):
        ask(practice, now=now + limits.WAITS[1] - timedelta(seconds=1))


def test_moving_a_visit_is_no_way_to_a_time_that_was_given_up(practice: Unit) -> None:
    for _ in range(2):
        as_patient(practice, CancelRequest, ask(practice))
    other = ask(practice, 1)
    fields = {"by": PATIENT, "role": "patient", "request_id": other.request_id, "version": other.version}
    back, on = (RescheduleRequest(**fields, starts_at=at(minutes)) for minutes in (0, 60))
    with refuses("given_up_just_now"):
        moves.move(practice, back, tools=SMALL, access_id=uuid4(), now=MONDAY)
    assert moves.move(practice, on, tools=SMALL, access_id=uuid4(), now=MONDAY).starts_at == at(60)


def shift(practice: Unit, view: RequestView, minutes: int, *, now: datetime = MONDAY) -> RequestView:
    """The visit, moved by its patient within the limits that hold where nothing is set."""
    fields = {"by": PATIENT, "role": "patient", "request_id": view.request_id, "version": view.version}
    wish = RescheduleRequest(**fields, starts_at=at(minutes))
    return moves.move(practice, wish, tools=SMALL, access_id=uuid4(), now=now)


def test_a_time_that_was_left_by_moving_costs_a_growing_wait_as_if_it_was_cancelled(practice: Unit) -> None:
    view = ask(practice)
    for minutes in (60, 0, 60):
        view = shift(practice, view, minutes)
    with refuses("given_up_just_now") as refusal:
        shift(practice, view, 0)
    assert refusal.value.facts["retry_after"] == limits.WAITS[1].total_seconds()
    with refuses("given_up_just_now"):
        ask(practice)
    ask(practice, patient_id=STRANGER)
    shift(practice, view, 30)


def test_moving_away_before_cancelling_does_not_hide_what_was_given_up(practice: Unit) -> None:
    for minutes in (60, 120):
        as_patient(practice, CancelRequest, shift(practice, ask(practice), minutes))
    with refuses("given_up_just_now"):
        ask(practice)


def test_a_patient_moves_one_visit_five_times_within_a_day(practice: Unit) -> None:
    view = ask(practice)
    for minutes in (30, 60, 90, 120, 150):
        view = shift(practice, view, minutes)
    with refuses("too_many") as refusal:
        shift(practice, view, 7 * 1440)
    assert refusal.value.facts == {"what": "moves", "most": 5}
    shift(practice, view, 7 * 1440, now=MONDAY + limits.DAY)
    shift(practice, ask(practice, 7, now=MONDAY), 7 * 1440 + 60)


def test_a_patient_moves_one_visit_ten_times_in_all(practice: Unit) -> None:
    view = ask(practice)
    for day in range(2):
        for minutes in (30, 60, 90, 120, 150):
            there = at((day + 1) * 7 * 1440 + minutes)
            view = shift(
                practice, view, (there - at(0)) // timedelta(minutes=1), now=MONDAY + day * limits.DAY
            )
    with refuses("too_many") as refusal:
        shift(practice, view, 0, now=MONDAY + 2 * limits.DAY)
    assert refusal.value.facts == {"what": "moves", "most": 10}


def test_what_the_practice_moves_does_not_count(practice: Unit) -> None:
    view = act(practice, ConfirmRequest, ask(practice))
    for number in range(12):
        view = act(practice, RescheduleRequest, view, starts_at=at(30 * (1 + number % 2)))
    with practice() as work:
        assert work.conn.scalar(sa.select(tables.requests.c.left_behind)) == []


def test_a_patient_who_has_kept_visits_is_known_by_them(practice: Unit) -> None:
    confirmed(practice)
    with practice() as work:
        work.conn.execute(
            sa.update(tables.requests).values(
                status="completed", outcome="no_show", confirmed_at=tables.requests.c.submitted_at
            )
        )
    for number in range(1, FRESH.with_one + 1):
        ask(practice, number)
    with refuses("too_many_open"):
        ask(practice, FRESH.with_one + 1)
    with practice() as work:
        first = tables.requests.c.status == "completed"
        work.conn.execute(sa.update(tables.requests).where(first).values(outcome="attended"))
    ask(practice, FRESH.with_one + 1)


def asked(**changes: Any) -> Asked:
    made = Asked(
        professional_id=PROFESSIONAL,
        practice_id=PROFESSIONAL,
        status="cancelled",
        starts_at=VISIT.start,
        ends_at=VISIT.end,
        submitted_at=MONDAY,
        expires_at=MONDAY + timedelta(days=3),
        ended_at=MONDAY,
    )
    return replace(made, **changes)


def wait_for(*found: Asked, now: datetime = MONDAY) -> int | None:
    try:
        limits.refuse_given_up(
            History(known=True, asked=found), VISIT, professional_id=PROFESSIONAL, bounds=Bounds(), now=now
        )
    except Refused as refusal:
        return int(refusal.facts["retry_after"])
    return None


@pytest.mark.parametrize(
    "other",
    [
        {"professional_id": STRANGER},
        {"starts_at": VISIT.end, "ends_at": VISIT.end + HOUR},
        {"ended_at": MONDAY - limits.REMEMBERED},
        {"status": "declined"},
        {"status": "completed"},
    ],
)
def test_only_times_that_meet_it_and_were_given_up_lately_cost_a_wait(other: dict[str, Any]) -> None:
    assert wait_for(asked(), asked()) == 600
    assert wait_for(asked(), asked(**other)) is None


def test_the_wait_grows_up_to_a_day() -> None:
    waits = [wait_for(*[asked()] * times) for times in range(1, 8)]
    assert waits == [None, 600, 3600, 6 * 3600, 86400, 86400, 86400]


def test_a_patient_of_many_practices_is_not_held_to_the_limit_of_one() -> None:
    history = History(
        known=True, asked=[asked(status="pending", ended_at=None, practice_id=PATIENT) for _ in range(6)]
    )
    limits.refuse_too_many(
        history,
        pending(professional_id=STRANGER),
        settings=PolicySettings(open_per_patient=1, asked_per_day=1),
        bounds=Bounds(known=Limits(open=7, with_one=1, a_day=7)),
        now=MONDAY,
    )


def test_at_most_three_times_are_held_for_guests_with_one_address_who_have_not_verified(
    practice: Unit,
) -> None:
    first, *_ = [ask_as_guest(practice, number) for number in range(3)]
    with refuses("too_many_open") as refusal:
        ask_as_guest(practice, 3)
    assert refusal.value.facts == {"per": "patient", "limit": 3}
    ask_as_guest(practice, 4, key=STRANGER)
    ask_as_guest(practice, 3, now=first.expires_at)


def test_exactly_three_guests_with_one_address_pass_however_many_ask_at_once(practice: Unit) -> None:
    codes = all_done([partial(ask_as_guest, practice, number) for number in range(12)])
    assert Counter(codes) == {None: 3, "too_many_open": 9}


def test_a_practices_limits_hold_for_guests_with_one_address_once_they_verify(practice: Unit) -> None:
    let(practice, open_per_patient=1, asked_per_day=2)
    first, second = ask_as_guest(practice, 0), ask_as_guest(practice, 1)
    confirmed_one = verify(practice, first)
    assert verify(practice, first) == confirmed_one
    with refuses("too_many_open") as refusal:
        verify(practice, second)
    assert refusal.value.facts == {"per": "practice", "limit": 1}
    as_patient(practice, CancelRequest, confirmed_one)
    as_patient(practice, CancelRequest, verify(practice, second))
    with refuses("too_many_today"):
        verify(practice, ask_as_guest(practice, 2))
    assert verify(practice, ask_as_guest(practice, 3, key=STRANGER)).verified


def test_exactly_as_many_guests_with_one_address_verify_as_the_limit_says(practice: Unit) -> None:
    let(practice, open_per_patient=1)
    held = [ask_as_guest(practice, number) for number in range(3)]
    codes = all_done([partial(verify, practice, each) for each in held])
    assert Counter(codes) == {None: 1, "too_many_open": 2}


def test_an_account_at_its_limit_is_at_it_as_a_guest_too(practice: Unit) -> None:
    let(practice, open_per_patient=1)
    ask(practice, 0)
    held = ask_as_guest(practice, 1, key=PATIENT)
    with refuses("too_many_open"):
        verify(practice, held)


def test_what_a_guest_with_its_address_verified_counts_for_an_account(practice: Unit) -> None:
    let(practice, open_per_patient=1)
    held = ask_as_guest(practice, 0, key=PATIENT)
    verify(practice, held)
    with refuses("too_many_open"):
        ask(practice, 1)
    ask(practice, 1, patient_id=STRANGER)


def test_whoever_types_an_accounts_address_uses_up_none_of_its_limits(practice: Unit) -> None:
    let(practice, open_per_patient=1, asked_per_day=1)
    for _ in range(2):
        as_patient(practice, CancelRequest, ask_as_guest(practice, 0, key=PATIENT))
    ask_as_guest(practice, 1, key=PATIENT)
    assert ask(practice, 0).status == "pending"


def test_a_guests_answer_tells_nothing_of_what_the_account_with_that_address_asked_for(
    practice: Unit,
) -> None:
    for _ in range(2):
        as_patient(practice, CancelRequest, ask(practice, 0))
    let(practice, asked_per_day=1)
    held = ask_as_guest(practice, 0, key=PATIENT)
    with refuses("given_up_just_now"):
        verify(practice, held)
    with refuses("too_many_today"):
        verify(practice, ask_as_guest(practice, 1, key=PATIENT))


@pytest.mark.parametrize("verifies", [True, False])
def test_a_guest_who_gives_up_the_same_time_again_and_again_waits(practice: Unit, verifies: bool) -> None:
    for _ in range(2):
        held = ask_as_guest(practice)
        as_patient(practice, CancelRequest, verify(practice, held) if verifies else held)
    with refuses("given_up_just_now"):
        ask_as_guest(practice)
    ask_as_guest(practice, 1)
    ask_as_guest(practice, key=STRANGER)


def test_a_guests_visit_is_no_way_to_a_time_that_the_address_gave_up(practice: Unit) -> None:
    for _ in range(2):
        as_patient(practice, CancelRequest, verify(practice, ask_as_guest(practice)))
    other = verify(practice, ask_as_guest(practice, 1))
    fields = {"by": other.patient_id, "role": "patient", "version": other.version}
    back = RescheduleRequest(request_id=other.request_id, starts_at=at(0), **fields)
    with refuses("given_up_just_now"):
        moves.move(practice, back, tools=SMALL, access_id=uuid4(), now=MONDAY)


def test_a_guests_request_counts_for_the_account_that_it_is_joined_to(practice: Unit) -> None:
    let(practice, open_per_patient=1)
    held = ask_as_guest(practice, 0)
    verify(practice, held)
    told = GuestJoined(occurred_at=MONDAY, version=1, guest_id=held.patient_id, person_id=PATIENT)
    guests.join(practice, told, tools=SMALL, now=MONDAY)
    with refuses("too_many_open"):
        ask(practice, 1)
    assert [row["counts_as"] for row in rows(practice, tables.requests)] == [None]


def test_a_practices_new_clients_count_for_no_address(practice: Unit) -> None:
    for number in range(4):
        ask_as_guest(practice, number, by=PROFESSIONAL, role="professional")
    assert {row["counts_as"] for row in rows(practice, tables.requests)} == {None}
    assert ask_as_guest(practice, 4).status == "pending"


@pytest.mark.parametrize("whose", ["guest", "account"])
def test_nothing_tells_the_address_of_whoever_is_erased(practice: Unit, whose: str) -> None:
    held = ask_as_guest(practice)
    verify(practice, held)
    gone = {"guest": held.patient_id, "account": ADDRESS}[whose]
    event = AccountErased(occurred_at=MONDAY, version=1, person_id=gone)
    erasure.erase(practice, event, tools=SMALL, now=MONDAY)
    assert [row["counts_as"] for row in rows(practice, tables.requests)] == [None]
