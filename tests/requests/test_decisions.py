"""Deciding on requests, and what comes of visits, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import decisions, policies
from shared.contracts.base import Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestCancelled, RequestCompleted
from shared.contracts.requests.policies import LateChangeRule, PolicySettings, SetPolicy
from shared.contracts.requests.requests import (
    BatchDecision,
    BatchResults,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DecideBatch,
    DeclineRequest,
    RequestView,
    RescheduleRequest,
    UndoCompletion,
)
from shared.db import Unit
from tests.requests.builders import EUR, MONDAY, PATIENT, PROFESSIONAL, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    as_patient,
    at,
    confirmed,
    decide,
    everything,
    look,
    outbox,
    published,
    refuses,
    submit,
    wake,
)

DONE = at(30)
"""The instant at which the first appointment is over."""


def test_when_cancel_meets_confirm_the_first_wins_and_the_loser_learns_the_state(practice: Unit) -> None:
    """The exception: a patient who comes second can still cancel the request they saw pending."""
    for _ in range(10):
        view = submit(practice, request_id=uuid4())
        moves = [
            ConfirmRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional", version=1),
            CancelRequest(request_id=view.request_id, by=PATIENT, role="patient", version=1),
        ]
        with ThreadPoolExecutor(2) as pool:
            confirming, cancelling = pool.map(lambda move: outcome(practice, move), moves)
        assert isinstance(cancelling, RequestView)
        assert cancelling.status == "cancelled"
        assert cancelling.fee is None
        if isinstance(confirming, Refused):
            assert confirming.code == "stale_version"
            assert confirming.facts == {"request": {"status": "cancelled", "version": 2}}
        else:
            assert (confirming.version, cancelling.version) == (2, 3)
        assert look(practice, view.request_id, by=PATIENT, role="patient") == cancelling


def outcome(practice: Unit, move: decisions.Decision) -> RequestView | Refused:
    try:
        return decide(practice, move)
    except Refused as refusal:
        return refusal


def test_of_two_decisions_at_once_one_stands_and_the_other_learns_the_state(practice: Unit) -> None:
    for _ in range(5):
        view = submit(practice, request_id=uuid4())
        with ThreadPoolExecutor(2) as pool:
            moves = [
                kind(request_id=view.request_id, by=PROFESSIONAL, role="professional", version=1)
                for kind in (ConfirmRequest, DeclineRequest)
            ]
            outcomes = list(pool.map(lambda move: outcome(practice, move), moves))
        [won] = [each for each in outcomes if isinstance(each, RequestView)]
        [lost] = [each for each in outcomes if isinstance(each, Refused)]
        assert lost.code == "stale_version"
        assert lost.facts == {"request": {"status": won.status, "version": 2}}
        if won.status == "confirmed":
            as_patient(practice, CancelRequest, won)


def test_a_repeated_decision_is_answered_alike_and_announced_once(practice: Unit) -> None:
    view = submit(practice)
    assert act(practice, ConfirmRequest, view) == act(practice, ConfirmRequest, view)
    assert published(practice).count("requests.request_confirmed.v1") == 1


def test_a_refusal_changes_nothing(practice: Unit) -> None:
    view = submit(practice)
    before = everything(practice)
    with refuses("not_allowed"):
        as_patient(practice, ConfirmRequest, view)
    assert everything(practice) == before


def test_who_decides_on_what_is_not_there_learns_that(practice: Unit) -> None:
    view = submit(practice)
    with refuses("unknown_request"):
        act(practice, ConfirmRequest, view, request_id=uuid4())
    with refuses("unknown_request"):
        look(practice, uuid4(), by=PATIENT, role="patient")
    with refuses("not_yours"):
        act(practice, ConfirmRequest, view, by=STRANGER)


def test_what_is_over_cannot_be_decided_on(practice: Unit) -> None:
    declined = act(practice, DeclineRequest, submit(practice))
    with refuses("wrong_status"):
        act(practice, ConfirmRequest, declined)


def test_a_decision_after_the_review_has_ended_is_refused_though_no_timer_has_run(practice: Unit) -> None:
    view = submit(practice)
    with refuses("request_expired"):
        act(practice, ConfirmRequest, view, now=view.expires_at)


def test_the_reason_of_a_no_is_told_to_all_and_its_words_to_the_patient(practice: Unit) -> None:
    view = submit(practice)
    words = {"reason": "not_suitable", "words": "Please see an orthopaedist."}
    act(practice, DeclineRequest, view, **words)
    shown = look(practice, view.request_id, by=PATIENT, role="patient")
    assert (shown.decline_reason, shown.decline_words) == ("not_suitable", words["words"])
    [told] = outbox(practice, "requests.request_declined.v1")
    assert told["reason"] == "not_suitable"
    assert "orthopaedist" not in str(outbox(practice))


def with_fees(practice: Unit) -> None:
    late = LateChangeRule(hours=48, then="fee", fee=EUR)
    settings = PolicySettings(cancel=late, reschedule_window=late, reschedule="instant")
    command = SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=settings)
    policies.set_policy(practice, command)


def test_cancelling_late_costs_what_was_shown_and_accepted_and_is_told(practice: Unit) -> None:
    with_fees(practice)
    view = confirmed(practice)
    late = NEXT_MONDAY - timedelta(hours=47)
    for accepted in (None, Money(amount_minor=1, currency="EUR")):
        with refuses("fee_not_accepted") as refusal:
            as_patient(practice, CancelRequest, view, now=late, accept_fee=accepted)
        assert refusal.value.facts["fee"] == EUR.model_dump()
    shown = as_patient(practice, CancelRequest, view, now=late, preview=True)
    assert (shown.fee, shown.costs) == (EUR, EUR)
    assert as_patient(practice, CancelRequest, view, now=late, accept_fee=shown.costs).fee == EUR
    [told] = outbox(practice, RequestCancelled.topic)
    assert told["fee"] == EUR.model_dump()


def test_a_preview_tells_what_comes_on_top_of_what_is_owed_already(practice: Unit) -> None:
    with_fees(practice)
    view, late = confirmed(practice), NEXT_MONDAY - timedelta(hours=47)
    wanted = {"starts_at": at(30), "now": late}
    moved = as_patient(practice, RescheduleRequest, view, accept_fee=EUR, **wanted)
    shown = as_patient(practice, CancelRequest, moved, now=late, preview=True)
    both = Money(amount_minor=5000, currency="EUR")
    assert (shown.fee, shown.costs) == (both, EUR)
    cancelled = as_patient(practice, CancelRequest, moved, now=late, accept_fee=shown.costs)
    assert (cancelled.fee, cancelled.costs) == (both, None)


def test_a_preview_of_cancelling_leaves_no_trace(practice: Unit) -> None:
    with_fees(practice)
    view = confirmed(practice)
    before = everything(practice)
    late = NEXT_MONDAY - timedelta(hours=1)
    assert as_patient(practice, CancelRequest, view, now=late, preview=True).status == "cancelled"
    with refuses("not_allowed"):
        act(practice, CancelRequest, view, now=late, preview=True)
    assert everything(practice) == before


@pytest.mark.parametrize(
    ("then", "code"), [("call_to_cancel", "call_to_cancel"), ("forbid", "cancel_forbidden")]
)
def test_a_practice_may_want_to_be_called_or_forbid_it(practice: Unit, then: str, code: str) -> None:
    settings = PolicySettings.model_validate({"cancel": {"hours": 24, "then": then}})
    policies.set_policy(
        practice, SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=settings)
    )
    view = confirmed(practice)
    with refuses(code):
        as_patient(practice, CancelRequest, view, now=NEXT_MONDAY - timedelta(hours=23))
    with refuses("too_late"):
        as_patient(practice, CancelRequest, view, now=NEXT_MONDAY)
    assert act(practice, CancelRequest, view, now=NEXT_MONDAY - timedelta(hours=23)).status == "cancelled"


def batch(practice: Unit, *wanted: BatchDecision, by: UUID = PROFESSIONAL) -> BatchResults:
    command = DecideBatch(by=by, role="professional", decisions=list(wanted))
    return decisions.decide_batch(practice, command, tools=TOOLS, new_uuid=uuid4, now=MONDAY)


def test_in_a_batch_one_that_is_refused_stops_no_other_and_a_repeat_is_harmless(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(3)]
    as_patient(practice, CancelRequest, views[1])
    unknown = uuid4()
    wanted = [
        BatchDecision(request_id=views[0].request_id, version=1, decision="confirm"),
        BatchDecision(request_id=views[1].request_id, version=1, decision="confirm"),
        BatchDecision(request_id=unknown, version=1, decision="confirm"),
        BatchDecision(
            request_id=views[2].request_id,
            version=1,
            decision="decline",
            reason="not_available",
            words="Away.",
        ),
    ]
    done = batch(practice, *wanted)
    assert [each.code for each in done.results] == [None, "stale_version", "unknown_request", None]
    [first, _, _, last] = [each.request for each in done.results]
    assert first
    assert last
    assert (first.status, last.status, last.decline_words) == ("confirmed", "declined", "Away.")
    assert batch(practice, *wanted) == done
    assert len(published(practice, "request_confirmed")) == len(published(practice, "request_declined")) == 1


def test_a_batch_of_somebody_else_is_refused_one_by_one(practice: Unit) -> None:
    view = submit(practice)
    confirm = BatchDecision(request_id=view.request_id, version=1, decision="confirm")
    assert [each.code for each in batch(practice, confirm, by=STRANGER).results] == ["not_yours"]


@pytest.mark.parametrize("said", ["attended", "no_show"])
def test_a_visit_is_completed_with_what_came_of_it(practice: Unit, said: str) -> None:
    view = confirmed(practice)
    with refuses("too_early"):
        act(practice, CompleteRequest, view, now=NEXT_MONDAY - timedelta(seconds=1), outcome=said)
    after = act(practice, CompleteRequest, view, now=NEXT_MONDAY, outcome=said)
    assert (after.status, after.outcome, after.ended_at) == ("completed", said, NEXT_MONDAY)
    [told] = outbox(practice, RequestCompleted.topic)
    assert (told["outcome"], told["by"]) == (said, "professional")


def test_a_completion_can_be_taken_back_for_ten_minutes_and_said_anew(practice: Unit) -> None:
    view = confirmed(practice)
    done = act(practice, CompleteRequest, view, now=DONE, outcome="no_show")
    with refuses("too_late"):
        act(practice, UndoCompletion, done, now=DONE + timedelta(minutes=10, seconds=1))
    back = act(practice, UndoCompletion, done, now=DONE + timedelta(minutes=10))
    assert (back.status, back.outcome, back.ended_at) == ("confirmed", None, None)
    assert act(practice, CompleteRequest, back, now=DONE).outcome == "attended"
    assert published(practice, "completion_undone") == ["requests.completion_undone.v1"]


def test_what_nobody_completed_completes_by_itself_once_a_day_after_its_end(practice: Unit) -> None:
    view = confirmed(practice)
    assert wake(practice, now=DONE + timedelta(hours=24, seconds=-1)) == 0
    with ThreadPoolExecutor(4) as pool:
        woken = list(pool.map(lambda _: wake(practice, now=DONE + timedelta(hours=24)), range(4)))
    assert sum(woken) == 1
    shown = look(practice, view.request_id, by=PATIENT, role="patient")
    assert (shown.status, shown.outcome, shown.version) == ("completed", "attended", 3)
    [told] = outbox(practice, RequestCompleted.topic)
    assert told["by"] == "system"


def test_what_was_taken_back_completes_by_itself_again(practice: Unit) -> None:
    done = act(practice, CompleteRequest, confirmed(practice), now=DONE)
    act(practice, UndoCompletion, done, now=DONE)
    assert wake(practice, now=DONE + timedelta(hours=24)) == 1
