"""The life of a visit."""

from datetime import time, timedelta
from itertools import product
from typing import get_args
from uuid import UUID

import pytest

from services.requests.domain import request
from services.requests.domain.hours import NOTICE, SHORTEST_REVIEW, slot_at
from services.requests.domain.request import ANNOUNCED, MOVES, WHO, Side
from shared.contracts.requests import VisitRole
from shared.errors import Refused
from tests.requests.builders import (
    MONDAY,
    PATIENT,
    PROFESSIONAL,
    RECEPTIONIST,
    STRANGER,
    demand,
    hours,
    pending,
    service,
)

VERBS = sorted({verb for _, verb in MOVES} - {"expire"})
STATUSES = sorted({"pending", *MOVES.values()})
LATER = MONDAY + timedelta(hours=1)


def side(verb: str) -> Side:
    return "professional" if "professional" in WHO[verb] else "patient"


def test_submitting_states_the_fact() -> None:
    asked = demand()
    made, [fact] = request.submit(
        asked,
        service=service(),
        span=request.Span(asked.starts_at, asked.starts_at + timedelta(minutes=30)),
        time_zone="Europe/Rome",
        now=MONDAY,
    )
    assert (made.status, made.version) == ("pending", 1)
    assert (fact.request_id, fact.version, fact.by) == (made.id, 1, "patient")
    assert "cough" not in fact.model_dump_json()


def test_a_request_expires_after_72_hours_or_a_lead_time_before_its_start() -> None:
    assert pending().expires_at == MONDAY + timedelta(hours=72)
    asked = demand(starts_at=MONDAY + timedelta(hours=10))
    span = request.Span(asked.starts_at, asked.starts_at + timedelta(minutes=30))
    soon, _ = request.submit(asked, service=service(), span=span, time_zone="Europe/Rome", now=MONDAY)
    assert soon.expires_at == MONDAY + timedelta(hours=8)


@pytest.mark.parametrize(("status", "verb"), list(product(STATUSES, VERBS)))
def test_only_the_moves_of_the_table_can_be_made(status: str, verb: str) -> None:
    before = pending(status=status, version=4)
    now = before.starts_at if verb == "complete" else LATER
    if wanted := MOVES.get((status, verb)):
        after, [fact] = request.decide(before, verb, by=side(verb), version=4, now=now)
        assert (after.status, after.version) == (wanted, 5)
        assert (type(fact), fact.version) == (ANNOUNCED[verb], 5)
    else:
        with pytest.raises(Refused) as refusal:
            request.decide(before, verb, by=side(verb), version=4, now=now)
        # past its deadline a pending request is refused as expired, whatever is asked of it
        assert refusal.value.code == ("request_expired" if status == "pending" else "wrong_status")


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"pending", "confirmed"}))
def test_an_end_is_an_end(status: str) -> None:
    assert not [move for move in MOVES if move[0] == status]


@pytest.mark.parametrize("verb", VERBS)
def test_doing_it_again_changes_nothing(verb: str) -> None:
    status = next(status for status, each in MOVES if each == verb)
    before = pending(status=status)
    now = before.starts_at if verb == "complete" else LATER
    after, _ = request.decide(before, verb, by=side(verb), version=1, now=now)
    assert request.decide(after, verb, by=side(verb), version=1, now=now) == (after, [])


@pytest.mark.parametrize("verb", VERBS)
def test_a_decision_on_a_version_that_is_gone_is_refused(verb: str) -> None:
    with pytest.raises(Refused) as refusal:
        request.decide(pending(version=3), verb, by=side(verb), version=1, now=LATER)
    assert refusal.value.code == "stale_version"
    assert refusal.value.facts == {"request": {"status": "pending", "version": 3}}


@pytest.mark.parametrize(
    ("by", "role", "front_desk", "wanted"),
    [
        (PATIENT, "patient", False, "patient"),
        (PROFESSIONAL, "professional", False, "professional"),
        (RECEPTIONIST, "clinic", True, "professional"),
        (PATIENT, "clinic", True, "professional"),
        (PROFESSIONAL, "clinic", True, "professional"),
    ],
)
def test_she_is_on_the_side_that_she_is_signed_in_for(
    by: UUID, role: VisitRole, front_desk: bool, wanted: Side
) -> None:
    assert request.side_of(pending(), by=by, role=role, front_desk=front_desk) == wanted


@pytest.mark.parametrize("front_desk", [False, True])
@pytest.mark.parametrize(
    ("by", "role"),
    [
        *product([STRANGER, RECEPTIONIST], ["patient", "professional"]),
        (PROFESSIONAL, "patient"),
        (PATIENT, "professional"),
    ],
)
def test_what_else_she_is_puts_her_on_no_side(by: UUID, role: VisitRole, front_desk: bool) -> None:
    with pytest.raises(Refused) as refusal:
        request.side_of(pending(), by=by, role=role, front_desk=front_desk)
    assert refusal.value.code == "not_yours"


@pytest.mark.parametrize("by", [STRANGER, PATIENT, PROFESSIONAL])
def test_signed_in_for_a_clinic_only_a_front_desk_is_on_a_side(by: UUID) -> None:
    with pytest.raises(Refused) as refusal:
        request.side_of(pending(), by=by, role="clinic", front_desk=False)
    assert refusal.value.code == "not_yours"


@pytest.mark.parametrize("verb", sorted(verb for verb in VERBS if "patient" not in WHO[verb]))
def test_a_patient_cannot_decide_for_the_professional(verb: str) -> None:
    with pytest.raises(Refused) as refusal:
        request.decide(pending(), verb, by="patient", version=1, now=LATER)
    assert refusal.value.code == "not_allowed"


@pytest.mark.parametrize("verb", ["confirm", "decline", "cancel"])
def test_an_expired_request_is_never_decided_however_late_the_timer_is(verb: str) -> None:
    late = pending().expires_at
    with pytest.raises(Refused) as refusal:
        request.decide(pending(), verb, by=side(verb), version=1, now=late)
    assert refusal.value.code == "request_expired"


def test_a_visit_is_not_complete_before_it_starts() -> None:
    confirmed = pending(status="confirmed")
    early = confirmed.starts_at - timedelta(seconds=1)
    with pytest.raises(Refused) as refusal:
        request.decide(confirmed, "complete", by="professional", version=1, now=early)
    assert refusal.value.code == "too_early"


def test_a_visit_that_has_started_is_no_longer_cancelled() -> None:
    confirmed = pending(status="confirmed")
    for by in get_args(Side):
        with pytest.raises(Refused) as refusal:
            request.decide(confirmed, "cancel", by=by, version=1, now=confirmed.starts_at)
        assert refusal.value.code == "too_late"


def test_whoever_asks_leaves_time_to_decide() -> None:
    """The last slot that can be asked for makes a request that lives for the shortest review."""
    start = MONDAY + NOTICE
    span = slot_at(hours(opens=time(0), closes=time(23)), service(), start, now=MONDAY)
    made, _ = request.submit(
        demand(starts_at=start), service=service(), span=span, time_zone="Europe/Rome", now=MONDAY
    )
    assert made.expires_at == MONDAY + SHORTEST_REVIEW


def test_only_an_overdue_pending_request_expires() -> None:
    waiting = pending()
    assert request.expire(waiting, now=waiting.expires_at - timedelta(seconds=1)) == (waiting, [])
    confirmed = pending(status="confirmed")
    assert request.expire(confirmed, now=confirmed.expires_at) == (confirmed, [])
    expired, [fact] = request.expire(waiting, now=waiting.expires_at)
    assert (expired.status, fact.by) == ("expired", "system")


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_what_is_open_with_an_erased_person_is_cancelled_by_nobody(status: str) -> None:
    after, [fact] = request.end_of_leaving(pending(status=status), reason="account_erased", now=LATER)
    assert (after.status, after.version) == ("cancelled", 2)
    assert (fact.by, fact.reason, fact.version) == ("system", "account_erased", 2)
    assert "system" in WHO["cancel"]


def test_an_overdue_request_of_an_erased_person_expires() -> None:
    waiting = pending()
    after, [fact] = request.end_of_leaving(waiting, reason="account_erased", now=waiting.expires_at)
    assert (after.status, type(fact)) == ("expired", ANNOUNCED["expire"])


def test_a_visit_lasts_until_its_end_and_then_stays_as_it_is() -> None:
    confirmed = pending(status="confirmed")
    during = confirmed.ends_at - timedelta(seconds=1)
    assert request.end_of_leaving(confirmed, reason="account_erased", now=during)[0].status == "cancelled"
    assert request.end_of_leaving(confirmed, reason="account_erased", now=confirmed.ends_at) == (
        confirmed,
        [],
    )


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"pending", "confirmed"}))
def test_an_erased_account_reopens_and_closes_nothing_that_has_ended(status: str) -> None:
    ended = pending(status=status)
    assert request.end_of_leaving(ended, reason="account_erased", now=LATER) == (ended, [])


def test_a_cancellation_by_a_person_has_no_reason() -> None:
    _, [fact] = request.decide(pending(), "cancel", by="patient", version=1, now=LATER)
    assert fact.reason is None
