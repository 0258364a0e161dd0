"""Other times for visits: rescheduled or proposed, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import policies
from services.requests.store import tables
from shared.contracts.base import Money
from shared.contracts.requests.moves import ProposalClosed, RequestRescheduled
from shared.contracts.requests.policies import PolicySettings, SetPolicy
from shared.contracts.requests.proposals import AcceptProposal, DeclineProposal, ProposeTime, WithdrawProposal
from shared.contracts.requests.requests import CancelRequest, RequestView, RescheduleRequest
from shared.db import Unit
from tests.requests.builders import EUR, PATIENT, PROFESSIONAL, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    act,
    all_done,
    as_patient,
    at,
    confirmed,
    everything,
    free,
    look,
    outbox,
    published,
    refuses,
    rows,
    set_booking_settings,
    submit,
    wake,
)

LATER = at(60)
"""The location of the appointments in these tests."""


def settled(practice: Unit, **settings: object) -> None:
    rules = PolicySettings.model_validate(settings)
    policies.set_policy(practice, SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=rules))


def proposed(practice: Unit, view: RequestView, **changes: object) -> RequestView:
    return act(practice, ProposeTime, view, **({"starts_at": LATER} | changes))


def proposal_of(view: RequestView) -> dict[str, UUID]:
    assert view.proposal
    return {"proposal_id": view.proposal.proposal_id}


def test_a_pending_request_goes_where_its_patient_wants_it(practice: Unit) -> None:
    view = submit(practice)
    moved = as_patient(practice, RescheduleRequest, view, starts_at=LATER)
    assert (moved.request_id, moved.version, moved.status) == (view.request_id, 2, "pending")
    assert moved.starts_at == LATER
    assert (view.starts_at in free(practice), LATER in free(practice)) == (True, False)
    [told] = outbox(practice, RequestRescheduled.topic)
    assert (told["old_starts_at"], told["starts_at"]) == ("2027-03-08T08:00:00Z", "2027-03-08T09:00:00Z")
    assert as_patient(practice, RescheduleRequest, view, starts_at=LATER) == moved
    assert len(outbox(practice, RequestRescheduled.topic)) == 1


def test_submitting_it_again_finds_it_wherever_it_has_gone(practice: Unit) -> None:
    moved = as_patient(practice, RescheduleRequest, submit(practice), starts_at=LATER)
    assert submit(practice) == moved


def test_a_visit_may_go_to_a_time_that_overlaps_its_own(practice: Unit) -> None:
    set_booking_settings(practice, grid_minutes=15)
    moved = as_patient(practice, RescheduleRequest, submit(practice), starts_at=at(15))
    assert moved.starts_at == at(15)


def test_a_taken_time_is_refused_and_the_visit_keeps_its_own(practice: Unit) -> None:
    view = confirmed(practice)
    submit(practice, request_id=uuid4(), starts_at=LATER, patient_id=STRANGER)
    before = everything(practice)
    with refuses("slot_taken") as refusal:
        as_patient(practice, RescheduleRequest, view, starts_at=LATER)
    assert refusal.value.facts["next_free"][0]["starts_at"] == "2027-03-08T10:30:00+01:00"
    assert everything(practice) == before


def test_two_visits_that_want_one_time_at_once_are_not_both_there(practice: Unit) -> None:
    views = [confirmed(practice, starts_at=at(minutes)) for minutes in (0, 30, 90)]
    codes = all_done(
        [lambda view=view: act(practice, RescheduleRequest, view, starts_at=LATER) for view in views]
    )
    assert sorted(map(str, codes)) == ["None", "slot_taken", "slot_taken"]
    assert len(rows(practice, tables.holds)) == 3


def test_two_who_want_each_others_time_at_once_are_both_told_no(practice: Unit) -> None:
    for _ in range(5):
        one, other = (submit(practice, request_id=uuid4(), starts_at=at(minutes)) for minutes in (0, 30))
        swap = [
            partial(as_patient, practice, RescheduleRequest, one, starts_at=at(30)),
            partial(as_patient, practice, RescheduleRequest, other, starts_at=at(0)),
        ]
        assert all_done(swap) == ["slot_taken"] * 2
        for view in (one, other):
            as_patient(practice, CancelRequest, view)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": at(10)}, "not_a_slot"),
        ({"starts_at": at(24 * 60)}, "outside_hours"),
        ({"location_id": STRANGER}, "unknown_location"),
        ({"version": 7}, "stale_version"),
        ({"by": STRANGER}, "not_yours"),
        ({"request_id": STRANGER}, "unknown_request"),
    ],
)
def test_what_cannot_be_moved_there_stays(practice: Unit, changes: dict[str, object], code: str) -> None:
    view = confirmed(practice)
    before = everything(practice)
    with refuses(code):
        as_patient(practice, RescheduleRequest, view, **({"starts_at": LATER} | changes))
    assert everything(practice) == before


def test_a_practice_may_let_nobody_move_a_confirmed_visit(practice: Unit) -> None:
    settled(practice, reschedule="off")
    with refuses("reschedule_off"):
        as_patient(practice, RescheduleRequest, confirmed(practice), starts_at=LATER)


@pytest.mark.parametrize("then", ["call_to_cancel", "forbid"])
def test_after_the_window_a_practice_may_want_to_be_called_or_forbid_it(practice: Unit, then: str) -> None:
    settled(practice, reschedule="instant", reschedule_window={"hours": 24, "then": then})
    late = NEXT_MONDAY - timedelta(hours=23)
    with refuses({"forbid": "reschedule_forbidden"}.get(then, "call_to_reschedule")):
        as_patient(practice, RescheduleRequest, confirmed(practice), starts_at=LATER, now=late)


def test_a_late_move_costs_what_was_shown_and_is_told(practice: Unit) -> None:
    late = {"hours": 48, "then": "fee", "fee": EUR.model_dump()}
    settled(practice, reschedule="instant", reschedule_window=late)
    view, now = confirmed(practice), NEXT_MONDAY - timedelta(hours=40)
    with refuses("fee_not_accepted"):
        as_patient(practice, RescheduleRequest, view, starts_at=LATER, now=now)
    moved = as_patient(practice, RescheduleRequest, view, starts_at=LATER, now=now, accept_fee=EUR)
    assert moved.fee == EUR
    again = as_patient(practice, RescheduleRequest, moved, starts_at=at(90), now=now, accept_fee=EUR)
    assert again.fee == Money(amount_minor=5000, currency="EUR")
    assert [told["fee"] for told in outbox(practice, RequestRescheduled.topic)] == [EUR.model_dump()] * 2


@pytest.mark.parametrize("reschedule", ["instant", "request"])
def test_a_preview_shows_what_would_come_of_it_and_leaves_no_trace(practice: Unit, reschedule: str) -> None:
    late = {"hours": 48, "then": "fee", "fee": EUR.model_dump()}
    settled(practice, reschedule=reschedule, reschedule_window=late)
    view, now = confirmed(practice), NEXT_MONDAY - timedelta(hours=47)
    before = everything(practice)
    shown = as_patient(practice, RescheduleRequest, view, starts_at=LATER, now=now, preview=True)
    if reschedule == "instant":
        assert (shown.starts_at, shown.fee, shown.proposal) == (LATER, EUR, None)
        assert shown.costs == EUR
    else:
        assert shown.proposal
        assert (shown.starts_at, shown.fee) == (view.starts_at, None)
        assert (shown.proposal.starts_at, shown.proposal.fee) == (LATER, EUR)
        assert shown.costs == EUR
    with refuses("not_allowed"):
        act(practice, RescheduleRequest, view, starts_at=LATER, preview=True)
    assert everything(practice) == before


def test_a_wish_that_is_reviewed_holds_its_time_until_the_practice_takes_it(practice: Unit) -> None:
    view = confirmed(practice)
    asked = as_patient(practice, RescheduleRequest, view, starts_at=LATER)
    assert asked.proposal
    assert (asked.proposal.by, asked.proposal.state, asked.starts_at) == ("patient", "open", NEXT_MONDAY)
    assert {NEXT_MONDAY, LATER}.isdisjoint(free(practice))
    with refuses("not_allowed"):
        as_patient(practice, AcceptProposal, asked, **proposal_of(asked))
    taken = act(practice, AcceptProposal, asked, **proposal_of(asked))
    assert (taken.status, taken.starts_at) == ("confirmed", LATER)
    assert NEXT_MONDAY in free(practice)
    assert act(practice, AcceptProposal, asked, **proposal_of(asked)) == taken


def test_a_proposal_of_the_practice_holds_its_time_against_others(practice: Unit) -> None:
    asked = proposed(practice, submit(practice))
    assert asked.proposal
    assert (asked.status, asked.proposal.by, asked.proposal.starts_at) == ("pending", "professional", LATER)
    with refuses("slot_taken"):
        submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=LATER)
    assert proposed(practice, asked, version=1) == asked
    assert published(practice, "proposal_made") == ["requests.proposal_made.v1"]


def test_a_proposal_that_is_accepted_confirms_the_visit_at_its_time(practice: Unit) -> None:
    asked = proposed(practice, submit(practice))
    taken = as_patient(practice, AcceptProposal, asked, **proposal_of(asked))
    assert (taken.status, taken.starts_at, taken.version) == ("confirmed", LATER, 3)
    assert taken.terms
    assert published(practice)[1:] == ["requests.request_rescheduled.v1", "requests.request_confirmed.v1"]
    assert NEXT_MONDAY in free(practice)
    assert len(rows(practice, tables.holds)) == 1


@pytest.mark.parametrize(
    ("kind", "by", "state"),
    [(DeclineProposal, PATIENT, "declined"), (WithdrawProposal, PROFESSIONAL, "withdrawn")],
)
def test_a_proposal_that_is_not_taken_frees_its_time_and_leaves_the_visit(
    practice: Unit, kind: type, by: UUID, state: str
) -> None:
    view = submit(practice)
    asked = proposed(practice, view)
    doing = as_patient if by == PATIENT else act
    after = doing(practice, kind, asked, **proposal_of(asked))
    assert after.proposal
    assert (after.proposal.state, after.status, after.starts_at) == (state, "pending", view.starts_at)
    assert LATER in free(practice)
    assert doing(practice, kind, asked, **proposal_of(asked)) == after
    assert [told["state"] for told in outbox(practice, ProposalClosed.topic)] == [state]
    with refuses("proposal_closed"):
        as_patient(practice, AcceptProposal, after, **proposal_of(asked))


def test_a_proposal_nobody_answered_expires_once_and_frees_its_time(practice: Unit) -> None:
    asked = proposed(practice, confirmed(practice))
    assert asked.proposal
    late = asked.proposal.expires_at
    with refuses("proposal_closed"):
        as_patient(practice, AcceptProposal, asked, **proposal_of(asked), now=late)
    assert wake(practice, now=late - timedelta(seconds=1)) == 0
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: wake(practice, now=late), range(4))) == 1
    after = look(practice, asked.request_id, by=PATIENT, role="patient")
    assert after.proposal
    assert (after.status, after.proposal.state) == ("confirmed", "expired")
    assert LATER in free(practice)
    assert [told["state"] for told in outbox(practice, ProposalClosed.topic)] == ["expired"]


def test_a_proposal_nobody_answered_gives_its_time_away_though_no_timer_has_run(practice: Unit) -> None:
    asked = proposed(practice, confirmed(practice))
    assert asked.proposal
    other = submit(
        practice,
        request_id=uuid4(),
        patient_id=STRANGER,
        starts_at=LATER,
        now=asked.proposal.expires_at,
    )
    assert other.status == "pending"


def test_what_ends_takes_its_proposal_along(practice: Unit) -> None:
    asked = proposed(practice, submit(practice))
    after = as_patient(practice, CancelRequest, asked)
    assert after.proposal
    assert after.proposal.state == "withdrawn"
    assert {NEXT_MONDAY, LATER} <= set(free(practice))


def test_who_may_propose_and_when_is_told(practice: Unit) -> None:
    view = submit(practice)
    with refuses("not_allowed"):
        as_patient(practice, ProposeTime, view, starts_at=LATER)
    with refuses("unknown_proposal"):
        as_patient(practice, AcceptProposal, view, proposal_id=uuid4())
    asked = proposed(practice, view)
    with refuses("proposal_open"):
        proposed(practice, asked, starts_at=at(120))
    with refuses("proposal_open"):
        as_patient(practice, RescheduleRequest, asked, starts_at=at(120))
    with refuses("wrong_status"):
        act(practice, RescheduleRequest, asked, starts_at=at(120))
    over = as_patient(practice, CancelRequest, asked)
    with refuses("wrong_status"):
        proposed(practice, over)


def test_what_nears_its_start_is_neither_proposed_nor_moved(practice: Unit) -> None:
    view = confirmed(practice)
    with refuses("too_late"):
        proposed(practice, view, now=NEXT_MONDAY - timedelta(hours=2))
    with refuses("too_late"):
        act(practice, RescheduleRequest, view, starts_at=LATER, now=NEXT_MONDAY)
