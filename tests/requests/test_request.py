"""The life of a visit."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest

from services.requests.domain import decision, ending, request, submission
from services.requests.domain.booking import SHORTEST_REVIEW, bookable
from services.requests.domain.decision import SECOND_THOUGHTS, UNDO_WITHIN
from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import EVENTS, MOVES, OPEN, WHO
from services.requests.domain.request import Request, Timing
from services.requests.domain.slots import Hold, Slot, slot_at
from shared.contracts.base import Event
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestConfirmed, RequestSubmitted
from shared.contracts.requests.policies import LateChangeRule
from shared.contracts.requests.values import ActingRole, BookingMode, Outcome, Side, Status
from tests.requests import builders
from tests.requests.builders import (
    CLINIC,
    EUR,
    LOCATION,
    MONDAY,
    PATIENT,
    PROFESSIONAL,
    RECEPTIONIST,
    STRANGER,
    command,
    confirmed,
    offer,
    pending,
    policy,
    proposal,
    service,
    timetable,
)

VERBS = sorted({verb for _, verb in MOVES} - {"expire"})
STATUSES: list[Status] = sorted(get_args(Status))
ENDS = sorted(set(STATUSES) - set(OPEN))
SIDES: tuple[Side, ...] = get_args(Side)
LATER = MONDAY + timedelta(hours=2)
SECOND = timedelta(seconds=1)
START = pending().starts_at
FEE = policy(cancel=LateChangeRule(hours=24, then="fee", fee=EUR))
Decided = tuple[Request, list[Event]]


def decide(before: Request, verb: str, *, by: Side | None = None, **also: Any) -> Decided:
    """Apply the verb by a side that may, on the current version."""
    seen: dict[str, Any] = {"by": by or side(verb), "version": before.version, "now": LATER}
    match verb:
        case "confirm":
            return decision.confirm(before, **{**seen, "rules": policy(), **also})
        case "decline":
            return decision.decline(before, **{**seen, "reason": "other", "note": "", **also})
        case "cancel":
            return decision.cancel(before, **{**seen, "accepted": None, "preview": False, **also})
        case "complete":
            return decision.complete(before, **{**seen, "outcome": "attended", **also})
    return decision.undo(before, **{**seen, **also})


def side(verb: str) -> Side:
    return "professional" if "professional" in WHO[verb] else "patient"


def there(status: Status) -> Request:
    """A request that has come so far."""
    ended_at = None if status in OPEN else LATER
    if status in ("confirmed", "completed"):
        outcome: Outcome | None = "attended" if status == "completed" else None
        return confirmed(status=status, ended_at=ended_at, outcome=outcome)
    return pending(status=status, ended_at=ended_at)


def when(verb: str) -> datetime:
    """A time at which it can be done."""
    return START if verb == "complete" else LATER


def refusal(before: Request, verb: str, **also: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(before, verb, **also)
    return refused.value


def submit(**also: Any) -> Decided:
    asked = also.pop("command", command())
    at = Interval(asked.starts_at, asked.starts_at + timedelta(minutes=30))
    slot = also.pop("slot", Slot(at, LOCATION, "Europe/Rome"))
    timing, now = also.pop("timing", Timing()), also.pop("now", MONDAY)
    return submission.submit(asked, builders.as_asked(slot, **also), timing=timing, now=now)


def test_submitting_states_the_fact() -> None:
    made, [fact] = submit()
    assert (made.status, made.version, made.submitted_by) == ("pending", 1, "patient")
    assert isinstance(fact, RequestSubmitted)
    assert (fact.request_id, fact.version, fact.by) == (made.id, 1, "patient")
    assert fact.expires_at == made.expires_at
    assert "cough" not in fact.model_dump_json()


def test_what_people_wrote_is_in_no_log() -> None:
    assert "cough" not in repr(pending())


@pytest.mark.parametrize(
    ("by", "booking", "status"),
    [
        ("patient", "request", "pending"),
        ("patient", "instant", "confirmed"),
        ("professional", "request", "confirmed"),
        ("professional", "instant", "confirmed"),
        ("professional", "off", "confirmed"),
    ],
)
def test_a_visit_is_confirmed_by_the_practice_or_where_it_lets_be_booked_at_once(
    by: Side, booking: BookingMode, status: Status
) -> None:
    made, facts = submit(by=by, booking=booking)
    assert (made.status, made.version) == (status, 1)
    assert [type(fact) for fact in facts] == [RequestSubmitted, RequestConfirmed][: len(facts)]
    assert (len(facts) == 2) == (status == "confirmed") == (made.terms is not None)
    assert {fact.by for fact in facts} == {by}


def test_what_was_asked_for_is_held_with_its_buffers_at_its_price() -> None:
    made, _ = submit(offered=service(buffer_before=10, buffer_after=5, price=EUR))
    assert made.held == Interval(START - timedelta(minutes=10), START + timedelta(minutes=35))
    assert made.holds == {made.id: Hold(made.held, START)}
    assert made.price == EUR


def test_a_patient_brings_as_many_as_the_practice_lets_come_along() -> None:
    two = command(joiners=["Ada", "Ben"])
    with pytest.raises(Refused) as refused:
        submit(command=two, rules=policy(joiners=1))
    assert (refused.value.code, refused.value.facts) == ("too_many_joiners", {"most": 1})
    assert submit(command=two, rules=policy(joiners=2))[0].notes.joiners == ("Ada", "Ben")
    assert submit(command=two, by="professional", rules=policy(joiners=0))[0].notes.joiners == ("Ada", "Ben")


def test_a_request_expires_after_72_hours_or_a_lead_time_before_its_start() -> None:
    assert pending().expires_at == MONDAY + timedelta(hours=72)
    soon, _ = submit(command=command(starts_at=MONDAY + timedelta(hours=10)))
    assert soon.expires_at == MONDAY + timedelta(hours=8)
    hasty, _ = submit(timing=Timing(review_lasts=timedelta(hours=1)))
    assert hasty.expires_at == MONDAY + timedelta(hours=1)


@pytest.mark.parametrize("lead", [0, 120, 1440])
def test_whoever_asks_leaves_time_to_decide(lead: int) -> None:
    """The first slot that can be asked for makes a request that lives for the shortest review."""
    wanted = offer(timetable(opens=time(0), closes=time(0)), lead_minutes=lead)
    start = MONDAY + timedelta(minutes=lead) + SHORTEST_REVIEW
    slot = slot_at(wanted, start, bookable(wanted.booking, wanted.service, now=MONDAY), at=None, now=MONDAY)
    made, _ = submit(command=command(starts_at=start), slot=slot, lead_minutes=lead)
    assert made.expires_at == MONDAY + SHORTEST_REVIEW


@pytest.mark.parametrize(
    "changes",
    [
        {"patient_id": STRANGER},
        {"dependent_id": UUID(int=9)},
        {"professional_id": STRANGER},
        {"service_id": UUID(int=11)},
        {"starts_at": START + timedelta(hours=1)},
        {"location_id": UUID(int=21)},
        {"details": "Another cough."},
        {"joiners": ["Ada"]},
    ],
)
def test_another_body_is_no_repeat(changes: dict[str, Any]) -> None:
    assert submission.is_repeat(pending(), command())
    assert not submission.is_repeat(pending(), command(**changes))


def test_a_repeat_is_known_wherever_the_visit_is_now() -> None:
    moved = confirmed(starts_at=START + timedelta(days=1), location_id=UUID(int=21))
    assert submission.is_repeat(moved, command())
    assert submission.is_repeat(moved, command(location_id=LOCATION))
    assert submission.is_repeat(pending(), command(location_id=LOCATION))


@pytest.mark.parametrize(("status", "verb", "by"), list(product(STATUSES, VERBS, SIDES)))
def test_only_the_moves_of_the_table_can_be_made_by_those_who_may(
    status: Status, verb: str, by: Side
) -> None:
    before = replace(there(status), version=4)
    now = when(verb)
    if by not in WHO[verb]:
        assert refusal(before, verb, by=by, now=now).code == "not_allowed"
    elif wanted := MOVES.get((status, verb)):
        after, [fact] = decide(before, verb, by=by, now=now)
        assert (after.status, after.version) == (wanted, 5)
        assert (type(fact), fact.version, fact.by) == (EVENTS[verb], 5, by)
        assert (after.ended_at is None) == (wanted in OPEN)
    else:
        refused = refusal(before, verb, by=by, now=now)
        # past its deadline a pending request is refused as expired, whatever is asked of it
        assert refused.code == (
            "request_expired" if (status, verb) == ("pending", "complete") else "wrong_status"
        )
        assert refused.facts == {"request": {"status": status, "version": 4}}


def test_a_pending_visit_is_not_completed() -> None:
    assert refusal(pending(), "complete").code == "wrong_status"


@pytest.mark.parametrize("status", sorted(set(ENDS) - {"completed"}))
def test_an_end_is_an_end(status: str) -> None:
    assert not [move for move in MOVES if move[0] == status]


def test_a_completion_is_only_undone() -> None:
    assert [verb for status, verb in MOVES if status == "completed"] == ["undo"]


@pytest.mark.parametrize("verb", VERBS)
def test_doing_it_again_changes_nothing(verb: str) -> None:
    before = there(next(status for status, each in MOVES if each == verb))
    after, _ = decide(before, verb, now=when(verb))
    assert decide(after, verb, version=before.version, now=when(verb)) == (after, [])


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("version", [1, 4])
def test_a_decision_on_a_version_that_is_gone_or_never_was_is_refused(verb: str, version: int) -> None:
    status = next(status for status, each in MOVES if each == verb)
    refused = refusal(replace(there(status), version=3), verb, version=version, now=when(verb))
    assert (refused.code, refused.field) == ("stale_version", "version")
    assert refused.facts == {"request": {"status": status, "version": 3}}


@pytest.mark.parametrize(
    ("first", "second"),
    [("confirm", "cancel"), ("confirm", "decline"), ("cancel", "confirm"), ("decline", "confirm")],
)
def test_whoever_comes_second_learns_what_the_first_has_done(first: str, second: str) -> None:
    after, _ = decide(pending(), first, by="professional")
    refused = refusal(after, second, by="professional", version=1)
    assert refused.code == "stale_version"
    assert refused.facts == {"request": {"status": after.status, "version": 2}}


@pytest.mark.parametrize(
    ("by", "role", "member_as", "wanted"),
    [
        (PATIENT, "patient", (), "patient"),
        (PROFESSIONAL, "professional", ("professional",), "professional"),
        (RECEPTIONIST, "clinic", ("staff",), "professional"),
        (PATIENT, "clinic", ("owner",), "professional"),
        (PROFESSIONAL, "clinic", ("professional", "owner"), "professional"),
    ],
)
def test_she_is_on_the_side_that_she_is_signed_in_for(
    by: UUID, role: ActingRole, member_as: tuple[str, ...], wanted: Side
) -> None:
    visit = pending(practice_id=CLINIC)
    assert request.side_of(visit, by=by, role=role, member_as=member_as) == wanted


def test_a_professional_acts_in_their_own_practice_without_any_membership() -> None:
    assert request.side_of(pending(), by=PROFESSIONAL, role="professional") == "professional"


def test_a_professional_who_left_the_clinic_looks_at_the_visits_there_and_decides_none() -> None:
    visit = pending(practice_id=CLINIC)
    assert request.side_of(visit, by=PROFESSIONAL, role="professional", to_read=True) == "professional"
    with pytest.raises(Refused) as refused:
        request.side_of(visit, by=PROFESSIONAL, role="professional")
    assert refused.value.code == "not_yours"


@pytest.mark.parametrize("to_read", [False, True])
@pytest.mark.parametrize("member_as", [(), ("staff",), ("owner", "professional")])
@pytest.mark.parametrize(
    ("by", "role"),
    [
        *product([STRANGER, RECEPTIONIST], ["patient", "professional"]),
        (PROFESSIONAL, "patient"),
        (PATIENT, "professional"),
    ],
)
def test_what_else_she_is_puts_her_on_no_side(
    by: UUID, role: ActingRole, member_as: tuple[str, ...], to_read: bool
) -> None:
    visit = pending(practice_id=CLINIC)
    with pytest.raises(Refused) as refused:
        request.side_of(visit, by=by, role=role, member_as=member_as, to_read=to_read)
    assert refused.value.code == "not_yours"


@pytest.mark.parametrize("by", [STRANGER, PATIENT, PROFESSIONAL])
def test_signed_in_for_a_clinic_only_a_front_desk_is_on_a_side(by: UUID) -> None:
    for member_as in ((), ("professional",)):
        with pytest.raises(Refused) as refused:
            request.side_of(
                pending(practice_id=CLINIC), by=by, role="clinic", member_as=member_as, to_read=True
            )
        assert refused.value.code == "not_yours"


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=400)])
@pytest.mark.parametrize("verb", ["confirm", "decline", "cancel"])
def test_an_expired_request_is_never_decided_however_late_the_timer_is(verb: str, late: timedelta) -> None:
    ends = pending().expires_at
    assert refusal(pending(), verb, now=ends + late).code == "request_expired"
    assert decide(pending(), verb, now=ends - SECOND)[1]


def test_confirming_promises_the_rules_of_that_moment() -> None:
    after, _ = decide(pending(price=EUR), "confirm", rules=FEE)
    assert after.terms
    assert (after.terms.policy_version, after.terms.price) == (FEE.version, EUR)
    assert after.terms.cancel == FEE.settings.cancel
    assert (after.confirmed_at, after.confirmed_version) == (LATER, 2)


def test_declining_keeps_its_reason_and_its_words_and_tells_the_reason_alone() -> None:
    after, [fact] = decide(pending(), "decline", reason="not_accepting", note="Sorry, I am full.")
    assert (after.decline_reason, after.notes.decline) == ("not_accepting", "Sorry, I am full.")
    assert after.notes.details == "A cough."
    assert fact.reason == "not_accepting"
    assert "full" not in fact.model_dump_json()


def test_a_cancellation_by_a_person_has_no_reason_and_a_pending_one_no_fee() -> None:
    after, [fact] = decide(pending(), "cancel", by="patient")
    assert (fact.reason, fact.fee, after.fee) == (None, None, None)


@pytest.mark.parametrize("by", SIDES)
def test_a_visit_that_has_started_is_no_longer_cancelled(by: Side) -> None:
    free = confirmed(policy(cancel=LateChangeRule(hours=0)))
    assert refusal(free, "cancel", by=by, now=START).code == "too_late"
    assert decide(free, "cancel", by=by, now=START - SECOND)[0].status == "cancelled"


WINDOW_ENDS = START - timedelta(hours=24)


@pytest.mark.parametrize(
    ("now", "fee"), [(WINDOW_ENDS - SECOND, None), (WINDOW_ENDS, None), (WINDOW_ENDS + SECOND, EUR)]
)
def test_cancelling_costs_a_fee_once_the_window_has_closed(now: datetime, fee: Any) -> None:
    assert decision.cancel_fee(confirmed(FEE), by="patient", now=now) == fee
    after, [fact] = decide(confirmed(FEE), "cancel", by="patient", accepted=EUR, now=now)
    assert (after.fee, fact.fee) == (fee, fee)


@pytest.mark.parametrize("accepted", [None, EUR.model_copy(update={"amount_minor": 2499})])
def test_nobody_owes_a_fee_that_she_was_not_shown(accepted: Any) -> None:
    refused = refusal(confirmed(FEE), "cancel", by="patient", accepted=accepted, now=START - SECOND)
    assert (refused.code, refused.field) == ("fee_not_accepted", "accept_fee")
    assert refused.facts == {"fee": {"amount_minor": 2500, "currency": "EUR"}}


def test_a_preview_shows_the_fee_before_it_is_accepted() -> None:
    after, _ = decide(confirmed(FEE), "cancel", by="patient", preview=True, now=START - SECOND)
    assert (after.status, after.fee) == ("cancelled", EUR)


@pytest.mark.parametrize(
    ("then", "code"), [("call_to_cancel", "call_to_cancel"), ("forbid", "cancel_forbidden")]
)
@pytest.mark.parametrize("preview", [False, True])
def test_a_practice_may_want_a_call_or_nothing_once_the_window_has_closed(
    then: Any, code: str, preview: bool
) -> None:
    visit = confirmed(policy(cancel=LateChangeRule(hours=24, then=then)))
    late = {"by": "patient", "preview": preview, "now": WINDOW_ENDS + SECOND}
    assert refusal(visit, "cancel", **late).code == code
    assert decide(visit, "cancel", **{**late, "now": WINDOW_ENDS})[0].status == "cancelled"


def test_the_practice_cancels_without_a_window_and_without_a_fee() -> None:
    for then in (FEE, policy(cancel=LateChangeRule(then="forbid"))):
        after, [fact] = decide(confirmed(then), "cancel", by="professional", now=START - SECOND)
        assert (after.status, after.fee, fact.fee) == ("cancelled", None, None)


def test_what_was_promised_stays_whatever_the_rules_are_now() -> None:
    visit = confirmed(policy(cancel=LateChangeRule(hours=1)))
    assert decision.cancel_fee(visit, by="patient", now=START - timedelta(hours=2)) is None


def test_a_late_move_and_a_late_cancellation_are_both_owed() -> None:
    moved = confirmed(FEE, fee=EUR)
    after, [fact] = decide(moved, "cancel", by="patient", accepted=EUR, now=START - SECOND)
    assert (after.fee.amount_minor if after.fee else 0) == 2 * EUR.amount_minor
    assert fact.fee == EUR


def test_what_was_owed_before_stays_owed() -> None:
    assert decide(confirmed(fee=EUR), "cancel", by="patient")[0].fee == EUR


def soon(now: datetime) -> Request:
    """The patient saw version 1; it was confirmed at `now`, when cancelling costs a fee already."""
    return decision.confirm(pending(expires_at=START), by="professional", version=1, rules=FEE, now=now)[0]


def test_second_thoughts_cost_nothing_for_two_minutes() -> None:
    confirmed_at = START - timedelta(hours=1)
    visit = soon(confirmed_at)
    in_time = confirmed_at + SECOND_THOUGHTS - SECOND
    after, [fact] = decide(visit, "cancel", by="patient", version=1, now=in_time)
    assert (after.status, after.version, after.fee, fact.fee) == ("cancelled", 3, None, None)
    too_late = confirmed_at + SECOND_THOUGHTS
    assert refusal(visit, "cancel", by="patient", version=1, now=too_late).code == "stale_version"


def test_second_thoughts_are_for_her_who_saw_it_pending() -> None:
    confirmed_at = START - timedelta(hours=1)
    visit = soon(confirmed_at)
    assert refusal(visit, "cancel", by="patient", version=2, now=confirmed_at).code == "fee_not_accepted"
    assert refusal(visit, "cancel", by="professional", version=1, now=confirmed_at).code == "stale_version"
    changed = replace(visit, version=3)
    assert refusal(changed, "cancel", by="patient", version=2, now=confirmed_at).code == "stale_version"


def test_second_thoughts_end_when_the_visit_starts() -> None:
    visit = soon(START - SECOND)
    assert refusal(visit, "cancel", by="patient", version=1, now=START).code == "stale_version"


def test_a_visit_is_not_complete_before_it_starts() -> None:
    assert refusal(confirmed(), "complete", now=START - SECOND).code == "too_early"


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_whether_somebody_came_is_kept_and_told(outcome: Outcome) -> None:
    after, [fact] = decide(confirmed(), "complete", outcome=outcome, now=START)
    assert (after.status, after.outcome, after.ended_at) == ("completed", outcome, START)
    assert fact.outcome == outcome


def test_another_outcome_is_no_repeat() -> None:
    after, _ = decide(confirmed(), "complete", outcome="attended", now=START)
    refused = refusal(after, "complete", outcome="no_show", version=2, now=START)
    assert refused.code == "stale_version"
    assert refused.facts == {"request": {"status": "completed", "version": 3}}


def test_a_completion_is_undone_for_ten_minutes() -> None:
    done, _ = decide(confirmed(), "complete", outcome="no_show", now=START)
    after, [fact] = decide(done, "undo", now=START + UNDO_WITHIN)
    assert after == replace(confirmed(), version=4, reopened_at=START + UNDO_WITHIN)
    assert type(fact) is EVENTS["undo"]
    assert refusal(done, "undo", now=START + UNDO_WITHIN + SECOND).code == "too_late"


ALONE = Timing().complete_after


def test_who_takes_a_completion_back_has_a_day_to_say_what_came_of_it() -> None:
    late = START + ALONE + timedelta(hours=1)
    done, _ = ending.complete_by_itself(confirmed(), timing=Timing(), now=late)
    again, _ = decide(done, "undo", now=late)
    assert ending.due_at(again, Timing()) == late + ALONE
    assert ending.complete_by_itself(again, timing=Timing(), now=late + ALONE - SECOND)[1] == []
    assert ending.complete_by_itself(again, timing=Timing(), now=late + ALONE)[0].outcome == "attended"


def test_a_visit_completes_by_itself_a_day_after_its_end() -> None:
    visit = confirmed()
    due = visit.ends_at + ALONE
    assert ending.complete_by_itself(visit, timing=Timing(), now=due - SECOND) == (visit, [])
    for late in (timedelta(0), timedelta(days=400)):
        after, [fact] = ending.complete_by_itself(visit, timing=Timing(), now=due + late)
        assert (after.status, after.outcome, fact.by, fact.outcome) == (
            "completed",
            "attended",
            "system",
            "attended",
        )


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"confirmed"}))
def test_only_what_was_confirmed_completes_by_itself(status: Status) -> None:
    before = there(status)
    assert ending.complete_by_itself(before, timing=Timing(), now=START + timedelta(days=9)) == (before, [])


def test_only_an_overdue_pending_request_expires() -> None:
    waiting = pending()
    assert ending.expire(waiting, now=waiting.expires_at - SECOND) == (waiting, [])
    assert ending.expire(confirmed(), now=waiting.expires_at) == (confirmed(), [])
    expired, [fact] = ending.expire(waiting, now=waiting.expires_at)
    assert (expired.status, expired.version, fact.by) == ("expired", 2, "system")
    assert ending.expire(expired, now=waiting.expires_at) == (expired, [])


@pytest.mark.parametrize(
    ("before", "due"),
    [
        (pending(), MONDAY + timedelta(hours=72)),
        (confirmed(), START + timedelta(minutes=30) + ALONE),
        (pending(proposal=proposal(expires_at=LATER)), LATER),
        (pending(proposal=proposal(expires_at=START)), MONDAY + timedelta(hours=72)),
        (confirmed(proposal=proposal(expires_at=LATER)), LATER),
        (pending(proposal=proposal(expires_at=LATER, state="declined")), MONDAY + timedelta(hours=72)),
        *((there(status), None) for status in ENDS),
    ],
)
def test_something_is_due_when_the_first_time_runs_out(before: Request, due: datetime | None) -> None:
    assert ending.due_at(before, Timing()) == due


@pytest.mark.parametrize("status", STATUSES)
def test_a_visit_holds_its_time_while_it_may_take_place_or_has_taken_place(status: Status) -> None:
    before = there(status)
    holds = status in ("pending", "confirmed", "completed")
    assert before.holds == ({before.id: Hold(before.held, START)} if holds else {})


def test_an_open_proposal_holds_its_time_as_well() -> None:
    proposed = proposal()
    before = confirmed(proposal=proposed)
    assert before.holds[proposed.id] == Hold(proposed.held, proposed.starts_at)
    assert set(before.holds) == {before.id, proposed.id}
    assert set(replace(before, proposal=replace(proposed, state="expired")).holds) == {before.id}


@pytest.mark.parametrize(
    ("before", "verb"),
    [(pending(), "confirm"), (pending(), "decline"), (confirmed(), "cancel"), (confirmed(), "complete")],
)
def test_whatever_is_decided_takes_a_proposal_off_the_table(before: Request, verb: str) -> None:
    after, [_] = decide(replace(before, proposal=proposal()), verb, now=when(verb))
    assert after.proposal
    assert after.proposal.state == "withdrawn"


@pytest.mark.parametrize("reason", get_args(ending.Leaving))
@pytest.mark.parametrize("status", OPEN)
def test_what_is_open_with_somebody_who_leaves_is_cancelled_by_nobody(
    status: Status, reason: ending.Leaving
) -> None:
    before = there(status)
    after, [fact] = ending.end_of_leaving(before, reason=reason, now=LATER)
    assert (after.status, after.version) == ("cancelled", before.version + 1)
    assert (fact.by, fact.reason, fact.fee) == ("system", reason, None)
    assert "system" in WHO["cancel"]
    assert not after.holds


def test_an_overdue_request_of_somebody_who_leaves_expires() -> None:
    waiting = pending()
    after, [fact] = ending.end_of_leaving(waiting, reason="account_erased", now=waiting.expires_at)
    assert (after.status, type(fact)) == ("expired", EVENTS["expire"])


def test_a_visit_lasts_until_its_end_and_then_stays_as_it_is() -> None:
    visit = confirmed()
    during = visit.ends_at - SECOND
    assert ending.end_of_leaving(visit, reason="account_erased", now=during)[0].status == "cancelled"
    assert ending.end_of_leaving(visit, reason="account_erased", now=visit.ends_at) == (visit, [])


@pytest.mark.parametrize("status", ENDS)
def test_who_leaves_reopens_and_closes_nothing_that_has_ended(status: Status) -> None:
    ended = there(status)
    assert ending.end_of_leaving(ended, reason="account_erased", now=LATER) == (ended, [])
