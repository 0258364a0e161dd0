"""Two things happen at once: each pair in both orders, and twenty times truly at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.requests.handlers import erasure, locations, policies, schedules, services, timers
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.base import Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import BookingOptions, SetBookingSettings
from shared.contracts.requests.policies import LateChangeRule, PolicySettings, SetPolicy
from shared.contracts.requests.proposals import AcceptProposal, ProposeTime, WithdrawProposal
from shared.contracts.requests.requests import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DeclineRequest,
    RequestView,
    RescheduleRequest,
    UndoCompletion,
)
from shared.db import Unit
from tests.requests.builders import CLINIC, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import TOOLS, decide, first_visit, member, mondays, move, place, submit

ROME = ZoneInfo("Europe/Rome")
FIRST, OTHER, AT_ONCE = "the first", "the other first", "at once"
in_any_order = pytest.mark.parametrize("order", [FIRST, OTHER, AT_ONCE])
SECOND = timedelta(seconds=1)


def rounds(order: str) -> range:
    return range(8 if order == AT_ONCE else 1)


def slot(week: int, number: int = 0) -> datetime:
    """Of a Monday's six, in UTC."""
    at = datetime.combine(date(2027, 3, 8) + timedelta(weeks=week), time(9), ROME)
    return (at + timedelta(minutes=30 * number)).astimezone(UTC)


def outcome(act: Callable[[], Any]) -> str:
    """The status it led to, or the code of the refusal; anything else is an error."""
    try:
        done = act()
    except Refused as refusal:
        return refusal.code
    return done.status if isinstance(done, RequestView) else "done"


def play(order: str, one: Callable[[], Any], other: Callable[[], Any]) -> tuple[str, str]:
    if order == FIRST:
        return outcome(one), outcome(other)
    if order == OTHER:
        second, first = outcome(other), outcome(one)
        return first, second
    a, b = at_once(one, other)
    return a, b


def at_once(*acts: Callable[[], Any]) -> list[str]:
    ready = Barrier(len(acts))

    def start(act: Callable[[], Any]) -> str:
        ready.wait()
        return outcome(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(start, acts))


def stands(practice: Unit, request_id: UUID) -> tuple[str, int]:
    with practice() as work:
        query = sa.select(tables.requests.c.status, tables.requests.c.version)
        [row] = work.conn.execute(query.where(tables.requests.c.id == request_id))
    return row.status, row.version


def held(practice: Unit, *request_ids: UUID) -> list[datetime]:
    """The starts of the visits for which these requests hold time."""
    with practice() as work:
        query = sa.select(tables.holds.c.visit_starts_at).where(tables.holds.c.request_id.in_(request_ids))
        return sorted(work.conn.scalars(query))


def told(practice: Unit, request_id: UUID) -> list[tuple[str, int]]:
    """Return the published events of a request, oldest first: the kind and the version."""
    with practice() as work:
        outbox = work.tables["outbox"]
        query = sa.select(outbox).where(outbox.c.body["request_id"].astext == str(request_id))
        rows = work.conn.execute(query.order_by(outbox.c.position)).all()
    short = [row.topic.removeprefix("requests.").removeprefix("request_").removesuffix(".v1") for row in rows]
    return [(kind, row.body["version"]) for kind, row in zip(short, rows, strict=True)]


def ask(practice: Unit, week: int, number: int = 0, **changes: Any) -> RequestView:
    return submit(practice, **({"request_id": uuid4(), "starts_at": slot(week, number)} | changes))


def by_her(view: RequestView, version: int | None = None) -> dict[str, Any]:
    return _fields(view, version, view.patient_id, "patient")


def by_practice(view: RequestView, version: int | None = None) -> dict[str, Any]:
    return _fields(view, version, PROFESSIONAL, "professional")


def _fields(view: RequestView, version: int | None, by: UUID, role: str) -> dict[str, Any]:
    return {"request_id": view.request_id, "by": by, "role": role, "version": version or view.version}


def confirmed(practice: Unit, week: int, number: int = 0, **changes: Any) -> RequestView:
    return decide(practice, ConfirmRequest(**by_practice(ask(practice, week, number, **changes))))


def proposed(practice: Unit, week: int) -> tuple[RequestView, UUID]:
    """A pending request, and another time for it."""
    command = ProposeTime(**by_practice(ask(practice, week)), starts_at=slot(week, 3))
    view = move(practice, command)
    assert view.proposal
    return view, view.proposal.proposal_id


def settle(practice: Unit, **settings: Any) -> None:
    made = PolicySettings(**settings)
    policies.set_policy(practice, SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=made))


def set_booking_settings(practice: Unit, **settings: Any) -> None:
    fields: dict[str, Any] = {"by": PROFESSIONAL, "role": "professional", "version": 0}
    command = SetBookingSettings(professional_id=PROFESSIONAL, settings=BookingOptions(**settings), **fields)
    schedules.set_booking_settings(practice, command, now=MONDAY)


# asking


@in_any_order
def test_one_of_two_requests_for_one_slot_wins_and_the_other_learns_of_the_next(
    practice: Unit, order: str
) -> None:
    for week in rounds(order):
        ids, shown = (uuid4(), uuid4()), []

        def want(
            number: int, ids: tuple[UUID, UUID] = ids, shown: list[Any] = shown, week: int = week
        ) -> RequestView:
            try:
                patient_id = (PATIENT, STRANGER)[number]
                return ask(practice, week, request_id=ids[number], patient_id=patient_id)
            except Refused as refusal:
                shown.append(refusal.facts["next_free"])
                raise

        codes = play(order, lambda w=want: w(0), lambda w=want: w(1))
        assert sorted(codes) == ["pending", "slot_taken"]
        if order != AT_ONCE:
            assert codes[order == OTHER] == "pending"
        winner, loser = ids[codes.index("pending")], ids[codes.index("slot_taken")]
        assert told(practice, winner) == [("submitted", 1)]
        assert told(practice, loser) == []
        assert held(practice, winner, loser) == [slot(week)]
        [[first, *_]] = shown
        assert datetime.fromisoformat(first["starts_at"]) == slot(week, 1)


def test_ten_requests_for_overlapping_times_leave_no_two_that_overlap(practice: Unit) -> None:
    added = first_visit(service_id=UUID(int=11), minutes=60, buffer_before=15)
    services.add(practice, added, now=MONDAY)
    for week in range(20):

        def want(number: int, week: int = week) -> RequestView:
            long = number % 2
            wanted = slot(week, number // 2 * 2 % 6 if long else number % 5)
            service_id = UUID(int=11 if long else 10)
            return submit(practice, request_id=uuid4(), starts_at=wanted, service_id=service_id)

        codes = at_once(*(lambda n=number, w=want: w(n) for number in range(10)))
        assert set(codes) <= {"pending", "slot_taken"}
        with practice() as work:
            query = sa.select(tables.holds.c.during).order_by(tables.holds.c.during)
            intervals = [row.during for row in work.conn.execute(query)]
        assert all(one.upper <= other.lower for one, other in pairwise(intervals))


@pytest.mark.parametrize("changed", [False, True])
@in_any_order
def test_a_request_sent_twice_is_one_and_another_body_under_its_id_is_refused(
    practice: Unit, order: str, changed: bool
) -> None:
    for week in rounds(order):
        request_id = uuid4()
        details = ["A cough.", "A cold." if changed else "A cough."]
        acts = [
            lambda words=words, week=week, request_id=request_id: ask(
                practice, week, request_id=request_id, details=words
            )
            for words in details
        ]
        codes = play(order, *acts)
        assert sorted(codes) == (["idempotency_key_reused", "pending"] if changed else ["pending"] * 2)
        assert told(practice, request_id) == [("submitted", 1)]
        assert held(practice, request_id) == [slot(week)]


@in_any_order
def test_the_last_visit_of_a_full_day_goes_to_one(practice: Unit, order: str) -> None:
    set_booking_settings(practice, daily_maximum=2)
    for week in rounds(order):
        ask(practice, week)
        codes = play(order, lambda w=week: ask(practice, w, 2), lambda w=week: ask(practice, w, 4))
        assert sorted(codes) == ["day_full", "pending"]


def test_who_wants_the_last_visit_of_a_day_does_not_wait_for_a_late_timer(practice: Unit) -> None:
    set_booking_settings(practice, daily_maximum=1)
    overdue = ask(practice, 0)
    late = MONDAY + timedelta(hours=72)
    assert ask(practice, 0, 2, now=late).status == "pending"
    assert stands(practice, overdue.request_id) == ("expired", 2)


@in_any_order
def test_hours_edited_while_a_request_is_submitted_cancel_nothing(practice: Unit, order: str) -> None:
    for week in rounds(order):
        request_id, version = uuid4(), 2 * week + 1
        edit = mondays(version=version, weekly=[])
        outside: list[UUID] = []

        def close(edit: Any = edit, outside: list[UUID] = outside) -> None:
            view = schedules.publish_hours(practice, edit, now=MONDAY)
            outside.extend(each.request_id for each in view.outside)

        asked, _ = play(order, lambda i=request_id, w=week: ask(practice, w, request_id=i), close)
        assert asked in ("pending", "outside_hours")
        if order != AT_ONCE:
            assert asked == ("pending" if order == FIRST else "outside_hours")
            assert (request_id in outside) == (order == FIRST)
        assert told(practice, request_id) == ([("submitted", 1)] if asked == "pending" else [])
        schedules.publish_hours(practice, mondays(version=version + 1), now=MONDAY)


# deciding


@in_any_order
def test_when_cancel_meets_confirm_the_first_wins_unless_she_has_second_thoughts(
    practice: Unit, order: str
) -> None:
    """A cancellation that comes second cancels the pending request that the patient saw: it costs nothing."""
    late = LateChangeRule(hours=8760, then="fee", fee=Money(amount_minor=2500, currency="EUR"))
    settle(practice, cancel=late)
    for week in rounds(order):
        view = ask(practice, week)
        codes = play(
            order,
            lambda v=view: decide(practice, ConfirmRequest(**by_practice(v)), now=MONDAY),
            lambda v=view: decide(practice, CancelRequest(**by_her(v)), now=MONDAY + 60 * SECOND),
        )
        news = told(practice, view.request_id)
        if codes == ("confirmed", "cancelled"):
            assert news == [("submitted", 1), ("confirmed", 2), ("cancelled", 3)]
            assert stands(practice, view.request_id) == ("cancelled", 3)
        else:
            assert codes == ("stale_version", "cancelled")
            assert news == [("submitted", 1), ("cancelled", 2)]
            assert stands(practice, view.request_id) == ("cancelled", 2)
        assert order == AT_ONCE or codes[0] == ("confirmed" if order == FIRST else "stale_version")
        assert held(practice, view.request_id) == []


@pytest.mark.parametrize(("after", "code"), [(119, "cancelled"), (120, "stale_version")])
def test_second_thoughts_last_two_minutes(practice: Unit, after: int, code: str) -> None:
    late = LateChangeRule(hours=8760, then="fee", fee=Money(amount_minor=2500, currency="EUR"))
    settle(practice, cancel=late)
    view = confirmed(practice, 0)
    cancel = CancelRequest(**by_her(view, 1))
    assert outcome(lambda: decide(practice, cancel, now=MONDAY + after * SECOND)) == code
    with practice() as work:
        assert work.conn.scalars(sa.select(tables.requests.c.fee)).all() == [None]
    again = CancelRequest(**by_her(view))
    expected = "cancelled" if code == "cancelled" else "fee_not_accepted"
    assert outcome(lambda: decide(practice, again)) == expected


@in_any_order
def test_when_decline_meets_confirm_the_first_wins_and_the_other_learns_the_state(
    practice: Unit, order: str
) -> None:
    for week in rounds(order):
        view = ask(practice, week)
        codes = play(
            order,
            lambda v=view: decide(practice, ConfirmRequest(**by_practice(v))),
            lambda v=view: decide(practice, DeclineRequest(**by_practice(v))),
        )
        assert codes in (("confirmed", "stale_version"), ("stale_version", "declined"))
        if order != AT_ONCE:
            assert codes[order == FIRST] == "stale_version"
        won = "confirmed" if codes[0] == "confirmed" else "declined"
        assert stands(practice, view.request_id) == (won, 2)
        assert told(practice, view.request_id) == [("submitted", 1), (won, 2)]
        assert held(practice, view.request_id) == ([slot(week)] if won == "confirmed" else [])


@in_any_order
def test_two_desks_that_confirm_at_once_confirm_once(clinic: Unit, order: str) -> None:
    for week in rounds(order):
        view = ask(clinic, week)
        by_desk = by_practice(view) | {"by": RECEPTIONIST, "role": "clinic"}
        codes = play(
            order,
            lambda v=view: decide(clinic, ConfirmRequest(**by_practice(v))),
            lambda d=by_desk: decide(clinic, ConfirmRequest(**d)),
        )
        assert codes == ("confirmed", "confirmed")
        assert told(clinic, view.request_id) == [("submitted", 1), ("confirmed", 2)]


@in_any_order
def test_two_desks_that_say_different_things_of_a_visit_are_not_both_believed(
    practice: Unit, order: str
) -> None:
    for week in rounds(order):
        view, begun = confirmed(practice, week), slot(week)
        acts = [
            lambda v=view, o=said, b=begun: decide(
                practice, CompleteRequest(**by_practice(v), outcome=o), now=b
            )
            for said in ("attended", "no_show")
        ]
        codes = play(order, *acts)
        assert sorted(codes) == ["completed", "stale_version"]
        if order != AT_ONCE:
            assert codes[order == OTHER] == "completed"
        with practice() as work:
            query = sa.select(tables.requests.c.outcome).where(tables.requests.c.id == view.request_id)
            assert work.conn.scalar(query) == ("attended", "no_show")[codes.index("completed")]
        assert told(practice, view.request_id)[2:] == [("completed", 3)]


@pytest.mark.parametrize("early", [timedelta(0), SECOND])
@in_any_order
def test_confirm_meets_expire(practice: Unit, order: str, early: timedelta) -> None:
    """The instant of the confirmation counts, with or without a timer."""
    for week in rounds(order):
        view = ask(practice, week)
        confirm = ConfirmRequest(**by_practice(view))
        late = view.expires_at
        code, _ = play(
            order,
            lambda c=confirm, n=late - early: decide(practice, c, now=n),
            lambda n=late: timers.act_on_due(practice, tools=TOOLS, now=n),
        )
        assert code in ("confirmed", "request_expired", "stale_version")
        in_time = early and (order == FIRST or code == "confirmed")
        timers.act_on_due(practice, tools=TOOLS, now=late)
        assert stands(practice, view.request_id) == ("confirmed" if in_time else "expired", 2)
        assert told(practice, view.request_id)[1:] == [("confirmed" if in_time else "expired", 2)]
        assert held(practice, view.request_id) == ([slot(week)] if in_time else [])


@in_any_order
def test_undo_meets_the_automatic_completion(practice: Unit, order: str) -> None:
    """An undone completion stays undone for the timer, until its own time has come."""
    for week in rounds(order):
        view, over = confirmed(practice, week), slot(week) + timedelta(hours=24, minutes=29)
        complete = CompleteRequest(**by_practice(view), outcome="no_show")
        decide(practice, complete, now=over)
        due = over + timedelta(minutes=1)
        code, _ = play(
            order,
            lambda v=view, n=due: decide(practice, UndoCompletion(**by_practice(v, 3)), now=n),
            lambda n=due: timers.act_on_due(practice, tools=TOOLS, now=n),
        )
        assert code == "confirmed"
        timers.act_on_due(practice, tools=TOOLS, now=due + timedelta(hours=24) - SECOND)
        assert stands(practice, view.request_id) == ("confirmed", 4)
        timers.act_on_due(practice, tools=TOOLS, now=due + timedelta(hours=24))
        news = [("completed", 3), ("completion_undone", 4), ("completed", 5)]
        assert told(practice, view.request_id)[2:] == news
        assert stands(practice, view.request_id) == ("completed", 5)
        assert held(practice, view.request_id) == [slot(week)]


# proposals


def test_a_proposal_can_be_accepted_until_it_expires_however_late_the_timer_is(practice: Unit) -> None:
    for week, (early, code) in enumerate([(SECOND, "confirmed"), (timedelta(0), "proposal_closed")]):
        view, proposal_id = proposed(practice, week)
        assert view.proposal
        accept = AcceptProposal(**by_her(view), proposal_id=proposal_id)
        late = view.proposal.expires_at - early
        assert outcome(lambda a=accept, n=late: decide(practice, a, now=n)) == code
        expected = [slot(week, 3)] if code == "confirmed" else [slot(week), slot(week, 3)]
        assert held(practice, view.request_id) == expected


@in_any_order
def test_when_accept_meets_withdraw_the_first_wins(practice: Unit, order: str) -> None:
    for week in rounds(order):
        view, proposal_id = proposed(practice, week)
        codes = play(
            order,
            lambda v=view, p=proposal_id: decide(practice, AcceptProposal(**by_her(v), proposal_id=p)),
            lambda v=view, p=proposal_id: decide(practice, WithdrawProposal(**by_practice(v), proposal_id=p)),
        )
        assert codes in (("confirmed", "proposal_closed"), ("proposal_closed", "pending"))
        accepted = codes[0] == "confirmed"
        assert order == AT_ONCE or accepted == (order == FIRST)
        news = [("rescheduled", 3), ("confirmed", 3)] if accepted else [("proposal_closed", 3)]
        assert told(practice, view.request_id)[2:] == news
        assert held(practice, view.request_id) == [slot(week, 3 if accepted else 0)]


def test_a_proposal_accepted_twice_at_once_is_accepted_once_and_answered_alike(practice: Unit) -> None:
    for week in range(20):
        view, proposal_id = proposed(practice, week)
        accept = AcceptProposal(**by_her(view), proposal_id=proposal_id)
        assert at_once(*[lambda a=accept: decide(practice, a)] * 4) == ["confirmed"] * 4
        assert told(practice, view.request_id)[2:] == [("rescheduled", 3), ("confirmed", 3)]
        assert held(practice, view.request_id) == [slot(week, 3)]


@in_any_order
def test_accept_meets_the_timer_that_expires_it(practice: Unit, order: str) -> None:
    for week in rounds(order):
        view, proposal_id = proposed(practice, week)
        assert view.proposal
        late = view.proposal.expires_at
        accept = AcceptProposal(**by_her(view), proposal_id=proposal_id)
        code, _ = play(
            order,
            lambda a=accept, n=late - SECOND: decide(practice, a, now=n),
            lambda n=late: timers.act_on_due(practice, tools=TOOLS, now=n),
        )
        assert code in ("confirmed", "proposal_closed")
        assert order == AT_ONCE or (code == "confirmed") == (order == FIRST)
        accepted = code == "confirmed"
        news = [("rescheduled", 3), ("confirmed", 3)] if accepted else [("proposal_closed", 3)]
        timers.act_on_due(practice, tools=TOOLS, now=late)
        assert told(practice, view.request_id)[2:] == news
        assert held(practice, view.request_id) == [slot(week, 3 if accepted else 0)]


# moving


def to(view: RequestView, at: datetime) -> RescheduleRequest:
    return RescheduleRequest(**by_practice(view), starts_at=at)


@in_any_order
def test_a_time_that_is_left_can_be_asked_for_only_when_the_move_is_done(practice: Unit, order: str) -> None:
    for week in rounds(order):
        view, new = confirmed(practice, week), uuid4()
        moved, asked = play(
            order,
            lambda v=view, w=week: move(practice, to(v, slot(w, 3))),
            lambda w=week, i=new: ask(practice, w, request_id=i, patient_id=STRANGER),
        )
        assert moved == "confirmed"
        assert asked in ("pending", "slot_taken")
        assert order == AT_ONCE or (asked == "pending") == (order == FIRST)
        assert stands(practice, view.request_id) == ("confirmed", 3)
        assert told(practice, view.request_id)[2:] == [("rescheduled", 3)]
        assert held(practice, view.request_id) == [slot(week, 3)]
        assert held(practice, new) == ([slot(week)] if asked == "pending" else [])


@in_any_order
def test_two_visits_moved_to_one_slot(practice: Unit, order: str) -> None:
    for week in rounds(order):
        views = confirmed(practice, week), confirmed(practice, week, 1)
        codes = play(order, *(lambda v=each, w=week: move(practice, to(v, slot(w, 4))) for each in views))
        assert sorted(codes) == ["confirmed", "slot_taken"]
        if order != AT_ONCE:
            assert codes[order == OTHER] == "confirmed"
        won = codes.index("confirmed")
        assert held(practice, views[won].request_id) == [slot(week, 4)]
        assert held(practice, views[1 - won].request_id) == [slot(week, 1 - won)]
        assert told(practice, views[won].request_id)[2:] == [("rescheduled", 3)]
        assert told(practice, views[1 - won].request_id)[2:] == []


@in_any_order
def test_two_visits_that_would_swap_their_times_both_stay(practice: Unit, order: str) -> None:
    for week in rounds(order):
        one, other = confirmed(practice, week), confirmed(practice, week, 1)
        codes = play(
            order,
            lambda v=one, w=week: move(practice, to(v, slot(w, 1))),
            lambda v=other, w=week: move(practice, to(v, slot(w))),
        )
        assert codes == ("slot_taken", "slot_taken")
        assert held(practice, one.request_id) == [slot(week)]
        assert held(practice, other.request_id) == [slot(week, 1)]


@in_any_order
def test_a_visit_moved_twice_goes_where_it_was_moved_first(practice: Unit, order: str) -> None:
    for week in rounds(order):
        view = confirmed(practice, week)
        codes = play(order, *(lambda v=view, w=week, n=n: move(practice, to(v, slot(w, n))) for n in (2, 4)))
        assert sorted(codes) == ["confirmed", "stale_version"]
        won = codes.index("confirmed")
        assert order == AT_ONCE or won == (order == OTHER)
        assert held(practice, view.request_id) == [slot(week, (2, 4)[won])]
        assert told(practice, view.request_id)[2:] == [("rescheduled", 3)]


# leaving


def erase(practice: Unit, person_id: UUID) -> None:
    event = AccountErased(occurred_at=MONDAY, version=1, person_id=person_id)
    erasure.erase(practice, event, tools=TOOLS, now=MONDAY)


@pytest.mark.parametrize("who", ["patient", "professional"])
@in_any_order
def test_an_account_that_is_deleted_leaves_nothing_open_whoever_asks_meanwhile(
    practice: Unit, order: str, who: str
) -> None:
    for week in rounds(order):
        patient, professional, service_id = uuid4(), uuid4(), uuid4()
        _open_practice(practice, professional, service_id)
        new = uuid4()
        command: dict[str, Any] = {
            "request_id": new,
            "patient_id": patient,
            "professional_id": professional,
            "service_id": service_id,
        }
        code, _ = play(
            order,
            lambda d=command, w=week: ask(practice, w, **d),
            lambda p=patient if who == "patient" else professional: erase(practice, p),
        )
        refused = "unknown_account" if who == "patient" else "unknown_professional"
        assert code in ("pending", refused)
        assert order == AT_ONCE or (code == "pending") == (order == FIRST)
        assert told(practice, new) == ([("submitted", 1), ("cancelled", 2)] if code == "pending" else [])
        assert held(practice, new) == []


def _open_practice(practice: Unit, professional: UUID, service_id: UUID) -> None:
    hers: dict[str, Any] = {"professional_id": professional, "by": professional}
    locations.add(practice, place(location_id=professional, by=professional))
    schedules.publish_hours(practice, mondays(**hers, location_id=professional), now=MONDAY)
    services.add(practice, first_visit(service_id=service_id, **hers), now=MONDAY)


@in_any_order
def test_an_account_that_is_deleted_ends_what_is_confirmed_meanwhile(practice: Unit, order: str) -> None:
    for week in rounds(order):
        view = ask(practice, week, patient_id=uuid4())
        code, _ = play(
            order,
            lambda v=view: decide(practice, ConfirmRequest(**by_practice(v))),
            lambda v=view: erase(practice, v.patient_id),
        )
        first = code == "confirmed"
        assert first or code == "stale_version"
        assert order == AT_ONCE or first == (order == FIRST)
        news = [("confirmed", 2), ("cancelled", 3)] if first else [("cancelled", 2)]
        assert told(practice, view.request_id)[1:] == news
        assert held(practice, view.request_id) == []


@pytest.mark.parametrize("what", ["submit", "confirm"])
@in_any_order
def test_a_professional_who_leaves_her_clinic_leaves_its_visits_unstaffed(
    practice: Unit, order: str, what: str
) -> None:
    member(practice, RECEPTIONIST, "owner")
    there = UUID(int=30)
    added = place(location_id=there, by=RECEPTIONIST, role="clinic", clinic_id=CLINIC)
    locations.add(practice, added)
    for week in rounds(order):
        professional, service_id, new = UUID(int=1000 + week), uuid4(), uuid4()
        hers: dict[str, Any] = {"professional_id": professional, "by": professional}
        member(practice, professional, "professional")
        schedules.publish_hours(practice, mondays(**hers, location_id=there), now=MONDAY)
        services.add(practice, first_visit(service_id=service_id, **hers), now=MONDAY)
        wanted: dict[str, Any] = {
            "request_id": new,
            "professional_id": professional,
            "service_id": service_id,
        }

        def act(wanted: dict[str, Any] = wanted, week: int = week, by: UUID = professional) -> RequestView:
            if what == "submit":
                return ask(practice, week, **wanted)
            fields: dict[str, Any] = {"by": by, "role": "professional", "version": 1}
            return decide(practice, ConfirmRequest(request_id=wanted["request_id"], **fields))

        if what == "confirm":
            ask(practice, week, **wanted)
        code, _ = play(
            order,
            act,
            lambda p=professional: member(practice, p, "professional", version=2, state="ended"),
        )
        if code in ("pending", "confirmed") or what == "confirm":
            assert stands(practice, new)[0] in ("pending", "confirmed")
            assert told(practice, new)[-1][0] == "unstaffed"
        else:
            assert code == "unknown_professional"
            assert told(practice, new) == []
        assert held(practice, new) == []
