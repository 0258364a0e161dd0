"""Another time for a visit: moved at once, or proposed by one side and taken by the other."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

import pytest

from services.requests.domain import answering, decision, ending, moving
from services.requests.domain.booking import SHORTEST_REVIEW
from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.moving import MOST_PROPOSALS, PROPOSAL_LASTS, Target
from services.requests.domain.proposal import MOVES, ProposalState
from services.requests.domain.request import LeftBehind, Request, Timing
from services.requests.domain.slots import Hold, Slot
from shared.contracts.base import Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import ProposalClosed, ProposalMade, RequestConfirmed, RequestRescheduled
from shared.contracts.requests.policies import LateChangeRule
from shared.contracts.requests.proposals import AcceptProposal, DeclineProposal, ProposeTime, WithdrawProposal
from shared.contracts.requests.requests import RescheduleRequest
from shared.contracts.requests.values import Side
from tests.requests.builders import EUR, LOCATION, MONDAY, PATIENT, confirmed, pending, policy, proposal

ELSEWHERE = UUID(int=21)
HALF_AN_HOUR, BUFFER, LEAD = timedelta(minutes=30), timedelta(minutes=10), timedelta(hours=2)
SECOND = timedelta(seconds=1)
START = pending().starts_at
NEW = START + timedelta(days=1)
LATER = MONDAY + timedelta(hours=3)
WINDOW_ENDS = START - timedelta(hours=24)
COSTLY = LateChangeRule(hours=24, then="fee", fee=EUR)
ENDS = ["declined", "cancelled", "completed", "expired"]
Verb = Literal["accept", "decline", "withdraw"]


def target(start: datetime = NEW, lead: timedelta = LEAD) -> Target:
    visit = Interval(start, start + HALF_AN_HOUR)
    held = Interval(visit.start - BUFFER, visit.end + BUFFER)
    return Target(slot=Slot(visit, ELSEWHERE, "Europe/London"), held=held, lead=lead)


def seen(before: Request) -> dict[str, Any]:
    """The fields of a command about the request as it is."""
    return {"request_id": before.id, "by": PATIENT, "role": "patient", "version": before.version}


def reschedule(before: Request, by: Side = "patient", to: datetime = NEW, **also: Any) -> Any:
    now, lead = also.pop("now", LATER), also.pop("lead", LEAD)
    command = RescheduleRequest(**(seen(before) | {"starts_at": to} | also))
    return moving.reschedule(before, command, target(to, lead), by=by, timing=Timing(), now=now)


def propose(before: Request, to: datetime = NEW, lead: timedelta = LEAD, **also: Any) -> Any:
    now, by = also.pop("now", LATER), also.pop("by", "professional")
    command = ProposeTime(**(seen(before) | {"starts_at": to} | also))
    return moving.propose(before, command, target(to, lead), by=by, now=now)


def answer(before: Request, verb: Verb, by: Side, **also: Any) -> Any:
    assert before.proposal
    fields = seen(before) | {"proposal_id": before.proposal.id}
    fields |= {name: also.pop(name) for name in tuple(also) if name in fields}
    kinds = {"accept": AcceptProposal, "decline": DeclineProposal, "withdraw": WithdrawProposal}
    known = {"rules": policy(), "timing": Timing(), "now": LATER}
    return answering.answer(before, kinds[verb](**fields), by=by, **(known | also))


def refusal(does: Any, *args: Any, **also: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        does(*args, **also)
    return refused.value


def instant(**rules: Any) -> Request:
    return confirmed(policy(reschedule="instant", **rules))


def on_review(**rules: Any) -> Request:
    return confirmed(policy(reschedule="request", **rules))


def proposed(before: Request | None = None, **also: Any) -> Request:
    after: Request = propose(before or pending(), **also)[0]
    return after


MOVED = {
    "starts_at": NEW,
    "ends_at": NEW + HALF_AN_HOUR,
    "held": target().held,
    "location_id": ELSEWHERE,
    "time_zone": "Europe/London",
}


@pytest.mark.parametrize(
    ("before", "by"),
    [
        (pending(), "patient"),
        (instant(), "patient"),
        (confirmed(terms=None), "patient"),
        (instant(), "professional"),
        (on_review(), "professional"),
        (confirmed(policy(reschedule="off")), "professional"),
    ],
)
def test_a_visit_is_moved_at_once_where_nobody_has_to_agree_any_more(before: Request, by: Side) -> None:
    after, [fact] = reschedule(before, by)
    left = (LeftBehind(starts_at=START, ends_at=START + HALF_AN_HOUR, at=fact.occurred_at),)
    moved = MOVED | {"left_behind": left if by == "patient" else ()}
    assert after == replace(before, version=before.version + 1, expires_at=after.expires_at, **moved)
    assert after.holds == {after.id: Hold(target().held, NEW)}
    assert isinstance(fact, RequestRescheduled)
    assert (fact.version, fact.by, fact.fee) == (after.version, by, None)
    assert (fact.old_starts_at, fact.old_ends_at) == (START, START + HALF_AN_HOUR)
    assert (fact.starts_at, fact.ends_at) == (NEW, NEW + HALF_AN_HOUR)


def test_what_was_promised_and_asked_for_first_stays_when_a_visit_moves() -> None:
    before = instant()
    after, _ = reschedule(before)
    assert (after.terms, after.confirmed_at, after.price) == (before.terms, before.confirmed_at, before.price)
    assert after.first_starts_at == START


def test_a_patient_proposes_where_the_practice_reviews_moves() -> None:
    before = on_review()
    after, [fact] = reschedule(before)
    made = after.open_proposal
    assert made
    assert (made.by, made.starts_at, made.location_id, made.fee) == ("patient", NEW, ELSEWHERE, None)
    assert after == replace(before, version=3, proposal=made)
    assert after.holds[made.id] == Hold(target().held, NEW)
    assert isinstance(fact, ProposalMade)
    assert (fact.proposal_id, fact.proposed_at, fact.starts_at) == (made.id, NEW, START)


def test_a_practice_may_let_nobody_move() -> None:
    assert refusal(reschedule, confirmed(policy(reschedule="off"))).code == "reschedule_off"


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize("by", get_args(Side))
def test_what_is_over_is_not_moved(status: Any, by: Side) -> None:
    assert refusal(reschedule, pending(status=status), by).code == "wrong_status"
    assert refusal(propose, pending(status=status)).code == "wrong_status"


def test_the_practice_proposes_for_what_it_has_not_accepted() -> None:
    assert refusal(reschedule, pending(), "professional").code == "wrong_status"
    assert refusal(propose, pending(), by="patient").code == "not_allowed"


@pytest.mark.parametrize("before", [pending(version=3), instant()])
def test_a_version_that_is_gone_moves_nothing(before: Request) -> None:
    assert refusal(reschedule, before, version=1).code == "stale_version"
    assert refusal(propose, before, version=1).code == "stale_version"


def test_an_expired_request_is_moved_no_more() -> None:
    late = pending().expires_at
    assert refusal(reschedule, pending(), now=late).code == "request_expired"
    assert refusal(propose, pending(), now=late).code == "request_expired"
    assert reschedule(pending(), now=late - SECOND)[1]


@pytest.mark.parametrize("by", get_args(Side))
def test_a_visit_that_has_started_is_moved_no_more(by: Side) -> None:
    visit = instant(reschedule_window=LateChangeRule(hours=0))
    assert refusal(reschedule, visit, by, now=START).code == "too_late"
    assert reschedule(visit, by, now=START - SECOND)[0].starts_at == NEW


@pytest.mark.parametrize(
    ("now", "fee"), [(WINDOW_ENDS - SECOND, None), (WINDOW_ENDS, None), (WINDOW_ENDS + SECOND, EUR)]
)
def test_moving_costs_a_fee_once_the_window_has_closed(now: datetime, fee: Money | None) -> None:
    after, [fact] = reschedule(instant(reschedule_window=COSTLY), accept_fee=EUR, now=now)
    assert (after.fee, fact.fee) == (fee, fee)


def test_each_late_move_is_owed() -> None:
    once, _ = reschedule(instant(reschedule_window=COSTLY), accept_fee=EUR, now=START - SECOND)
    twice, [fact] = reschedule(once, to=NEW + timedelta(days=1), accept_fee=EUR, now=NEW - SECOND)
    assert (twice.fee, fact.fee) == (Money(amount_minor=5000, currency="EUR"), EUR)


def test_the_practice_moves_without_a_fee_and_a_pending_request_has_none() -> None:
    late = START - SECOND
    assert reschedule(instant(reschedule_window=COSTLY), "professional", now=late)[0].fee is None
    assert reschedule(pending(expires_at=START), now=late)[0].fee is None


@pytest.mark.parametrize("mode", ["instant", "request"])
def test_nobody_moves_at_a_fee_that_she_was_not_shown(mode: str) -> None:
    before, late = confirmed(policy(reschedule=mode, reschedule_window=COSTLY)), START - SECOND
    assert refusal(reschedule, before, now=late).code == "fee_not_accepted"
    assert reschedule(before, preview=True, now=late)[1]


@pytest.mark.parametrize("mode", ["instant", "request"])
@pytest.mark.parametrize(
    ("then", "code"), [("call_to_cancel", "call_to_reschedule"), ("forbid", "reschedule_forbidden")]
)
def test_a_practice_may_want_a_call_or_nothing_once_the_window_has_closed(
    mode: str, then: str, code: str
) -> None:
    before = confirmed(policy(reschedule=mode, reschedule_window=LateChangeRule(then=then)))
    assert refusal(reschedule, before, now=WINDOW_ENDS + SECOND).code == code
    assert reschedule(before, now=WINDOW_ENDS)[1]


def test_a_pending_request_that_moves_waits_as_long_as_it_did() -> None:
    assert reschedule(pending())[0].expires_at == pending().expires_at
    near = MONDAY + timedelta(hours=10)
    assert reschedule(pending(), to=near)[0].expires_at == near - LEAD
    away = reschedule(pending(starts_at=near, expires_at=near - LEAD))[0]
    assert away.expires_at == MONDAY + timedelta(hours=72)


def test_a_pending_request_that_waited_for_an_answer_does_not_expire_as_it_moves() -> None:
    """The proposal made it wait for more than 72 hours."""
    asked_late = MONDAY + timedelta(hours=71)
    waiting = proposed(now=asked_late)
    declined, _ = answer(waiting, "decline", "patient", now=asked_late + timedelta(hours=9))
    now = asked_late + timedelta(hours=10)
    after, _ = reschedule(declined, now=now)
    assert after.expires_at == waiting.expires_at > now


@pytest.mark.parametrize("before", [pending(), confirmed()])
def test_the_practice_proposes_another_time_and_holds_it(before: Request) -> None:
    after, [fact] = propose(before)
    made = after.open_proposal
    assert made
    assert (after.status, after.version, after.starts_at) == (before.status, before.version + 1, START)
    assert (made.by, made.fee, made.expires_at) == ("professional", None, LATER + PROPOSAL_LASTS)
    assert after.holds == {**before.holds, made.id: Hold(target().held, NEW)}
    assert (type(fact), fact.by, fact.expires_at) == (ProposalMade, "professional", made.expires_at)


def test_a_pending_request_waits_at_least_as_long_as_a_proposal() -> None:
    late = MONDAY + timedelta(hours=71)
    after, _ = propose(pending(), now=late)
    assert after.expires_at == late + PROPOSAL_LASTS
    assert propose(pending())[0].expires_at == pending().expires_at


def test_a_confirmed_visit_does_not_wait_for_a_proposal() -> None:
    late = START - timedelta(hours=3)
    assert propose(confirmed(), now=late)[0].expires_at == confirmed().expires_at


@pytest.mark.parametrize(
    ("to", "now", "wanted"),
    [
        (NEW, START - timedelta(hours=10), START - LEAD),
        (START - timedelta(days=1), START - timedelta(hours=34), START - timedelta(hours=26)),
        (NEW, START - LEAD - SECOND, START - LEAD - SECOND + SHORTEST_REVIEW),
    ],
)
def test_a_proposal_ends_a_lead_time_before_either_visit_and_lives_for_the_shortest_review(
    to: datetime, now: datetime, wanted: datetime
) -> None:
    assert propose(confirmed(), to, now=now)[0].proposal.expires_at == wanted


def test_a_patient_s_wish_never_outlives_the_visit() -> None:
    before = on_review(reschedule_window=LateChangeRule(hours=0))
    after, _ = reschedule(before, now=START - timedelta(minutes=5))
    assert after.proposal.expires_at == START


def test_the_practice_calls_when_the_visit_is_near() -> None:
    assert refusal(propose, confirmed(), now=START - LEAD).code == "too_late"
    assert propose(confirmed(), now=START - LEAD - SECOND)[1]
    assert propose(confirmed(), lead=timedelta(0), now=START - SECOND)[1]


@pytest.mark.parametrize("before", [pending(), instant()])
def test_there_is_one_proposal_at_a_time(before: Request) -> None:
    waiting = proposed(before)
    for does in (reschedule, propose):
        assert refusal(does, waiting).code == "proposal_open"


@pytest.mark.parametrize("before", [pending(), instant()])
def test_a_proposal_whose_time_has_passed_is_in_nobody_s_way(before: Request) -> None:
    waiting = replace(before, proposal=proposal(expires_at=LATER))
    moved, _ = reschedule(waiting)
    assert (moved.starts_at, moved.proposal.state) == (NEW, "expired")
    assert set(moved.holds) == {moved.id}
    again, _ = propose(waiting)
    assert again.open_proposal.id != proposal().id


def test_each_side_proposes_so_often_and_no_more() -> None:
    found = on_review()
    for _ in range(MOST_PROPOSALS):
        found = propose(found, version=found.version)[0]
        found = answer(found, "withdraw", by="professional")[0]
    refused = refusal(propose, found, version=found.version)
    assert (refused.code, refused.facts) == ("too_many", {"what": "proposals", "most": MOST_PROPOSALS})
    assert reschedule(found, version=found.version)[0].open_proposal


def test_each_proposal_has_an_id_of_its_own_and_a_repeat_the_same() -> None:
    first = proposed()
    declined, _ = answer(first, "decline", "patient")
    second = proposed(declined)
    assert first.proposal
    assert second.proposal
    assert first.proposal.id != second.proposal.id
    assert proposed() == first


@pytest.mark.parametrize(
    ("found", "version", "by", "done"),
    [
        (reschedule(instant())[0], 2, "patient", True),
        (proposed(confirmed()), 2, "professional", True),
        (proposed(confirmed()), 2, "patient", False),
        (reschedule(instant())[0], 3, "patient", False),
        (replace(reschedule(instant())[0], status="cancelled"), 2, "patient", False),
        (instant(), 1, "patient", False),
    ],
)
def test_a_move_that_was_made_already_is_known(found: Request, version: int, by: Side, done: bool) -> None:
    command = RescheduleRequest(**(seen(found) | {"version": version, "starts_at": NEW}))

    def is_done(**changes: Any) -> bool:
        return moving.is_done(found, command.model_copy(update=changes), by=by)

    assert is_done() == is_done(location_id=ELSEWHERE) == done
    assert not is_done(location_id=LOCATION)
    assert not is_done(starts_at=NEW + SECOND)


def test_accepting_for_a_pending_request_moves_and_confirms_it() -> None:
    rules = policy(reschedule="off")
    after, [moved, accepted] = answer(proposed(), "accept", "patient", rules=rules)
    assert (after.status, after.version, after.starts_at) == ("confirmed", 3, NEW)
    assert after.proposal.state == "accepted"
    assert set(after.holds) == {after.id}
    assert (after.terms.reschedule, after.confirmed_at, after.confirmed_version) == ("off", LATER, 3)
    assert [type(moved), type(accepted)] == [RequestRescheduled, RequestConfirmed]
    assert (moved.version, accepted.version, accepted.starts_at, accepted.by) == (3, 3, NEW, "patient")


def test_accepting_for_a_confirmed_visit_moves_it_under_its_old_terms() -> None:
    before = confirmed(policy(cancel=COSTLY))
    after, [moved] = answer(proposed(before), "accept", "patient")
    assert (after.status, after.version, after.terms) == ("confirmed", 4, before.terms)
    assert {name: getattr(after, name) for name in MOVED} == MOVED
    assert (type(moved), moved.fee, after.fee) == (RequestRescheduled, None, None)


def test_the_fee_of_a_wish_is_owed_once_the_practice_agrees() -> None:
    before = on_review(reschedule_window=COSTLY)
    late = START - timedelta(hours=3)
    waiting, _ = reschedule(before, accept_fee=EUR, now=late)
    assert (waiting.fee, waiting.proposal.fee) == (None, EUR)
    after, [fact] = answer(waiting, "accept", "professional", now=late)
    assert (after.fee, fact.fee, fact.by) == (EUR, EUR, "professional")
    for verb, by in (("decline", "professional"), ("withdraw", "patient")):
        kept, _ = answer(waiting, verb, by, now=late)
        assert (kept.fee, kept.starts_at) == (None, START)


@pytest.mark.parametrize(
    ("verb", "by", "state"), [("decline", "patient", "declined"), ("withdraw", "professional", "withdrawn")]
)
@pytest.mark.parametrize("before", [pending(), confirmed()])
def test_a_proposal_that_is_not_taken_leaves_the_visit_as_it_was(
    before: Request, verb: Verb, by: Side, state: ProposalState
) -> None:
    waiting = proposed(before)
    after, [fact] = answer(waiting, verb, by)
    assert after.proposal.state == state
    assert after == replace(before, version=before.version + 2, proposal=after.proposal)
    assert after.holds == before.holds
    assert (type(fact), fact.state, fact.by, fact.version) == (ProposalClosed, state, by, after.version)


@pytest.mark.parametrize("verb", get_args(Verb))
def test_the_other_side_answers_and_whoever_made_it_takes_it_back(verb: Verb) -> None:
    hers = reschedule(on_review())[0]
    for waiting, maker, other in (
        (proposed(), "professional", "patient"),
        (hers, "patient", "professional"),
    ):
        may, may_not = (maker, other) if verb == "withdraw" else (other, maker)
        assert refusal(answer, waiting, verb, may_not).code == "not_allowed"
        assert answer(waiting, verb, may)[1]


@pytest.mark.parametrize("verb", get_args(Verb))
def test_answering_again_changes_nothing(verb: Verb) -> None:
    by: Side = "professional" if verb == "withdraw" else "patient"
    after, _ = answer(proposed(), verb, by)
    assert answer(after, verb, by, version=2) == (after, [])


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=400)])
@pytest.mark.parametrize("verb", get_args(Verb))
def test_an_expired_proposal_is_never_answered_however_late_the_timer_is(verb: Verb, late: timedelta) -> None:
    by: Side = "professional" if verb == "withdraw" else "patient"
    waiting = proposed(confirmed())
    assert waiting.proposal
    ends = waiting.proposal.expires_at
    refused = refusal(answer, waiting, verb, by, now=ends + late)
    assert (refused.code, refused.facts["proposal"]) == ("proposal_closed", {"state": "expired"})
    assert answer(waiting, verb, by, now=ends - SECOND)[1]


@pytest.mark.parametrize("state", [state for state in get_args(ProposalState) if state != "open"])
def test_a_closed_proposal_stays_closed(state: ProposalState) -> None:
    over = confirmed(proposal=proposal(state=state))
    refused = refusal(answer, over, "accept", "patient")
    assert (refused.code, refused.facts["proposal"]) == ("proposal_closed", {"state": state})
    assert refused.facts["request"] == {"status": "confirmed", "version": 2}
    assert not [move for move in MOVES if move[0] == state]


def test_a_proposal_that_was_withdrawn_by_a_decision_cannot_be_accepted() -> None:
    decided, _ = decision.confirm(proposed(), by="professional", version=2, rules=policy(), now=LATER)
    assert refusal(answer, decided, "accept", "patient", version=2).code == "proposal_closed"


def test_only_the_newest_proposal_is_answered() -> None:
    unknown = UUID(int=1)
    refused = refusal(answer, proposed(), "accept", "patient", proposal_id=unknown)
    assert refused.code == "unknown_proposal"
    accept = AcceptProposal(**seen(pending()), proposal_id=unknown)
    known = {"by": "patient", "rules": policy(), "timing": Timing(), "now": LATER}
    refused = refusal(answering.answer, pending(), accept, **known)
    assert refused.code == "unknown_proposal"


def test_an_answer_to_a_version_that_is_gone_is_refused() -> None:
    changed = replace(proposed(), version=5)
    assert refusal(answer, changed, "accept", "patient", version=2).code == "stale_version"


def test_a_proposal_nobody_answered_expires() -> None:
    waiting = proposed(confirmed())
    assert waiting.proposal
    ends = waiting.proposal.expires_at
    assert answering.expire_proposal(waiting, now=ends - SECOND) == (waiting, [])
    after, [fact] = answering.expire_proposal(waiting, now=ends)
    assert (after.proposal.state if after.proposal else None, after.status) == ("expired", "confirmed")
    assert (type(fact), fact.state, fact.by, fact.version) == (ProposalClosed, "expired", "system", 4)
    assert after.holds == confirmed().holds
    assert answering.expire_proposal(after, now=ends) == (after, [])


def test_a_request_that_ends_with_its_proposal_expires_as_a_whole() -> None:
    waiting = proposed(now=MONDAY + timedelta(hours=71))
    ends = waiting.expires_at
    assert answering.expire_proposal(waiting, now=ends) == (waiting, [])
    after, [_] = ending.expire(waiting, now=ends)
    assert (after.status, after.holds, after.open_proposal) == ("expired", {}, None)


@pytest.mark.parametrize("status", OPEN)
def test_a_visit_without_a_proposal_has_none_that_expires(status: Any) -> None:
    before = pending(status=status)
    assert answering.expire_proposal(before, now=LATER) == (before, [])
