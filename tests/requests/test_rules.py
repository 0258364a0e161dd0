"""Rules that decide on a request before anything is written, on values alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.requests.domain import decision, ending, interval, limits, moving, submission
from services.requests.domain import location as locations
from services.requests.domain import service as services
from services.requests.domain.interval import Interval
from services.requests.domain.limits import Bounds, History
from services.requests.domain.request import Timing
from services.requests.domain.slots import Hold, Slot, Wanted, refuse_full_day
from shared.contracts.base import Money
from shared.contracts.requests.policies import PolicySettings
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import RescheduleRequest, SubmitRequest
from tests.requests import builders
from tests.requests.builders import EUR, LOCATION, MONDAY, PATIENT, PROFESSIONAL, STRANGER, command, pending
from tests.requests.steps import refuses

VISIT = Interval(MONDAY, MONDAY + timedelta(minutes=30))
SLOT = Slot(VISIT, LOCATION, "Europe/Rome")
AS_GUEST: dict[str, Any] = {"guest": True, "counts_as": UUID(int=77)}


def asked(**changes: Any) -> submission.Asked:
    return replace(builders.as_asked(SLOT), **changes)


def test_a_patient_asks_for_themself_and_the_practice_for_its_patients() -> None:
    submission.refuse_for_others(command())
    submission.refuse_for_others(command(by=PROFESSIONAL, role="professional"))
    with refuses("not_yours"):
        submission.refuse_for_others(command(by=STRANGER))


def test_a_practice_asks_for_patients_it_knows() -> None:
    on_behalf = asked(side="professional", knows_patient=False)
    by_practice = command(by=PROFESSIONAL, role="professional")
    with refuses("not_yours"):
        submission.submit(by_practice, on_behalf, timing=Timing(), now=MONDAY)
    made, _ = submission.submit(
        by_practice, replace(on_behalf, knows_patient=True), timing=Timing(), now=MONDAY
    )
    assert (made.status, made.submitted_by) == ("confirmed", "professional")


def busy(number: int, *, verified: bool = True) -> History:
    one = limits.Asked(
        professional_id=UUID(int=90),
        practice_id=UUID(int=90),
        status="pending",
        starts_at=MONDAY + timedelta(days=3),
        ends_at=MONDAY + timedelta(days=3, hours=1),
        submitted_at=MONDAY - timedelta(days=2),
        expires_at=MONDAY + timedelta(days=2),
        ended_at=None,
        verified=verified,
    )
    return History(asked=[one] * number)


@pytest.mark.parametrize(
    ("asks", "history"),
    [
        (command(), busy(Bounds().fresh.open)),
        (command(**AS_GUEST), busy(Bounds().unverified, verified=False)),
    ],
)
def test_limits_refuse_what_is_one_too_many(asks: SubmitRequest, history: History) -> None:
    one_less = History(asked=history.asked[1:])
    assert submission.submit(asks, asked(history=one_less), timing=Timing(), now=MONDAY)[1]
    with refuses("too_many_open"):
        submission.submit(asks, asked(history=history), timing=Timing(), now=MONDAY)


def test_an_unverified_request_counts_with_those_of_guests_alone() -> None:
    guests = replace(pending(), verified=False)
    settings, bounds = PolicySettings(), Bounds()
    limits.refuse(busy(bounds.fresh.open), guests, settings=settings, bounds=bounds, now=MONDAY)
    with refuses("too_many_open"):
        limits.refuse(busy(bounds.fresh.open), pending(), settings=settings, bounds=bounds, now=MONDAY)


def test_a_preview_is_for_patients_and_shows_what_is_new_to_pay() -> None:
    decision.refuse_preview("patient")
    with refuses("not_allowed"):
        decision.refuse_preview("professional")
    twice = Money(amount_minor=2 * EUR.amount_minor, currency="EUR")
    assert decision.costs(pending(fee=EUR), pending(fee=twice)) == EUR
    assert decision.costs(pending(), pending()) is None
    assert decision.costs(pending(), pending(proposal=builders.proposal(fee=EUR))) == EUR


def test_a_day_is_full_once_the_daily_maximum_is_reached() -> None:
    wanted = Wanted((), builders.offer(daily_maximum=1), SLOT)
    before = Interval(MONDAY - timedelta(hours=1), MONDAY)
    refuse_full_day([], wanted)
    refuse_full_day([Hold(before, before.start - timedelta(days=1))], wanted)
    with refuses("day_full"):
        refuse_full_day([Hold(before, before.start)], wanted)


def test_time_alone_expires_a_request_or_its_proposal() -> None:
    waiting = pending()
    assert ending.act_of_time(waiting, timing=Timing(), now=MONDAY) == (waiting, [])
    after, [event] = ending.act_of_time(waiting, timing=Timing(), now=waiting.expires_at)
    assert (after.status, type(event).__name__) == ("expired", "RequestExpired")
    proposed = builders.confirmed(proposal=builders.proposal())
    after, [event] = ending.act_of_time(proposed, timing=Timing(), now=MONDAY + timedelta(days=2))
    assert (after.status, after.open_proposal, type(event).__name__) == ("confirmed", None, "ProposalClosed")


def test_a_proposal_to_another_professional_hands_the_request_over() -> None:
    fields = {
        "request_id": UUID(int=100),
        "by": PATIENT,
        "role": "patient",
        "version": 1,
        "starts_at": MONDAY,
    }
    wanted = Wanted((), builders.offer(offered=builders.service(buffer_before=10)), SLOT)
    stays = moving.target(RescheduleRequest.model_validate(fields), wanted)
    assert (stays.slot, stays.held.start, stays.handed_to) == (SLOT, MONDAY - timedelta(minutes=10), None)
    named = {"professional_id": PROFESSIONAL, "service_id": UUID(int=10)}
    to = moving.target(ProposeTime.model_validate(fields | named), wanted).handed_to
    assert to
    assert (to.professional_id, to.service_id, to.service_name) == (PROFESSIONAL, UUID(int=10), "First visit")


def test_there_are_bounds_to_what_a_practice_sets_up() -> None:
    services.refuse_too_many(services.MOST_SERVICES - 1)
    locations.refuse_too_many([builders.location()] * (locations.MOST_LOCATIONS - 1))
    with refuses("too_many"):
        services.refuse_too_many(services.MOST_SERVICES)
    with refuses("too_many"):
        locations.refuse_too_many([builders.location()] * locations.MOST_LOCATIONS)


@pytest.mark.parametrize("year", [1969, 2200])
def test_nothing_is_listed_of_days_that_nobody_lives_in(year: int) -> None:
    assert interval.listed_days(date(2027, 3, 1), 1, "UTC").start.isoformat() == "2027-03-01T00:00:00+00:00"
    with refuses("too_far_ahead"):
        interval.listed_days(date(year, 1, 1), 1, "UTC")
