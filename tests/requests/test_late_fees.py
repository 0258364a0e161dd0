"""A fee that was promised is owed however a patient gets out of the visit, on a real database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.requests.handlers import erasure, guests, policies
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.base import Money
from shared.contracts.requests.moves import RequestCancelled
from shared.contracts.requests.policies import LateChangeRule, PolicySettings, SetPolicy
from shared.contracts.requests.proposals import AcceptProposal, ProposeTime
from shared.contracts.requests.requests import (
    CancelRequest,
    ConfirmRequest,
    RequestView,
    RescheduleRequest,
    VerifyRequest,
)
from shared.db import Unit
from tests.requests.builders import EUR, MONDAY, PATIENT, PROFESSIONAL
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    as_patient,
    at,
    confirmed,
    outbox,
    refuses,
    rows,
    set_booking_settings,
    submit,
)

LATE = NEXT_MONDAY - timedelta(hours=2)
EARLY = NEXT_MONDAY - timedelta(hours=30)
FEE = LateChangeRule(hours=24, then="fee", fee=EUR)
SOMEBODY = UUID(int=77)
HOUR = timedelta(hours=1)


def settle(practice: Unit, **settings: object) -> None:
    made = PolicySettings.model_validate({"cancel": FEE} | settings)
    policies.set_policy(practice, SetPolicy(by=PROFESSIONAL, role="professional", version=0, settings=made))


def close(practice: Unit, person_id: UUID = PATIENT, *, now: object = LATE) -> None:
    event = AccountClosed(occurred_at=now, version=2, person_id=person_id)
    erasure.note_closing(practice, event, tools=TOOLS, now=event.occurred_at)


def reopen(practice: Unit) -> None:
    close(practice)
    event = AccountKept(occurred_at=LATE, version=3, person_id=PATIENT)
    erasure.note_closing(practice, event, tools=TOOLS, now=LATE)


def erase(practice: Unit, person_id: UUID = PATIENT, *, now: object = LATE) -> None:
    event = AccountErased(occurred_at=now, version=1, person_id=person_id)
    erasure.erase(practice, event, tools=TOOLS, now=event.occurred_at)


def close_then_erase(practice: Unit) -> None:
    close(practice)
    erase(practice, now=LATE + timedelta(days=7))


def join_an_account_that_is_gone(practice: Unit) -> None:
    erase(practice, SOMEBODY)
    event = GuestJoined(occurred_at=LATE, version=1, guest_id=PATIENT, person_id=SOMEBODY)
    guests.join(practice, event, tools=TOOLS, now=LATE)


def owed(practice: Unit, view: RequestView) -> tuple[str, Money | None]:
    [row] = [each for each in rows(practice, tables.requests) if each["id"] == view.request_id]
    return row["status"], row["fee"] and Money.model_validate(row["fee"])


@pytest.mark.parametrize("leave", [close, reopen, erase, close_then_erase, join_an_account_that_is_gone])
def test_a_patient_who_leaves_late_owes_what_cancelling_would_cost(
    practice: Unit, leave: Callable[[Unit], None]
) -> None:
    settle(practice)
    view = confirmed(practice)
    leave(practice)
    leave(practice)
    assert owed(practice, view) == ("cancelled", EUR)
    [told] = outbox(practice, RequestCancelled.topic)
    assert told["fee"] == EUR.model_dump(mode="json")


def test_a_visit_that_has_begun_is_no_way_around_the_fee(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice)
    erase(practice, now=NEXT_MONDAY + timedelta(minutes=5))
    assert owed(practice, view) == ("cancelled", EUR)


def test_a_patient_who_leaves_in_time_owes_nothing(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice)
    erase(practice, now=EARLY)
    assert owed(practice, view) == ("cancelled", None)


def test_a_confirmation_of_a_moment_ago_costs_nothing_whoever_leaves(practice: Unit) -> None:
    settle(practice, cancel=LateChangeRule(hours=200, then="fee", fee=EUR))
    view = submit(practice)
    act(practice, ConfirmRequest, view, now=MONDAY)
    close(practice, now=MONDAY + timedelta(minutes=1))
    assert owed(practice, view) == ("cancelled", None)


def booked_at_once(practice: Unit) -> RequestView:
    set_booking_settings(practice, booking="instant")
    return submit(practice)


def booked_at_once_by_a_guest(practice: Unit) -> RequestView:
    set_booking_settings(practice, booking="instant")
    view = submit(practice, by=PATIENT, patient_id=PATIENT, guest=True)
    verify = VerifyRequest(request_id=view.request_id, by=PATIENT)
    return guests.verify(practice, verify, tools=TOOLS, now=MONDAY)


def accepted_by_the_patient(practice: Unit) -> RequestView:
    view = act(practice, ProposeTime, submit(practice), starts_at=at(30))
    assert view.proposal
    return as_patient(practice, AcceptProposal, view, proposal_id=view.proposal.proposal_id)


@pytest.mark.parametrize("book", [booked_at_once, booked_at_once_by_a_guest, accepted_by_the_patient])
@pytest.mark.parametrize("leave", [close, erase])
def test_nobody_has_second_thoughts_about_a_confirmation_of_their_own(
    practice: Unit, book: Callable[[Unit], RequestView], leave: Callable[..., None]
) -> None:
    settle(practice, cancel=LateChangeRule(hours=200, then="fee", fee=EUR))
    view = book(practice)
    assert view.status == "confirmed"
    now = MONDAY + timedelta(seconds=1)
    assert as_patient(practice, CancelRequest, view, preview=True, now=now).fee == EUR
    if view.version > 1:
        with refuses("stale_version"):
            as_patient(practice, CancelRequest, view, version=view.version - 1, now=now)
    leave(practice, now=now)
    assert owed(practice, view) == ("cancelled", EUR)


def test_a_patient_who_leaves_after_the_professional_has_left_the_clinic_owes_nothing(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice)
    with practice() as work:
        work.conn.execute(sa.update(tables.requests).values(unstaffed=True))
    close(practice)
    assert owed(practice, view) == ("cancelled", None)


@pytest.mark.parametrize("then", ["call_to_cancel", "forbid"])
def test_leaving_stays_free_where_no_fee_was_promised(practice: Unit, then: str) -> None:
    settle(practice, cancel=LateChangeRule(hours=24, then=then))
    view = confirmed(practice)
    erase(practice)
    assert owed(practice, view) == ("cancelled", None)


def test_a_patient_owes_nothing_when_the_professional_leaves(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice)
    close(practice, PROFESSIONAL)
    assert owed(practice, view) == ("cancelled", None)


def test_what_was_owed_before_stays_owed_when_the_account_is_erased(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice)
    as_patient(practice, CancelRequest, view, accept_fee=EUR, now=LATE)
    erase(practice)
    assert owed(practice, view) == ("cancelled", EUR)
    [row] = rows(practice, tables.requests)
    assert (row["words"], row["dependent_id"]) == (b"", None)


def test_moving_a_visit_first_does_not_make_a_late_cancellation_free(practice: Unit) -> None:
    settle(practice, reschedule="instant", reschedule_window=LateChangeRule(hours=0, then="forbid"))
    view = as_patient(practice, RescheduleRequest, confirmed(practice), starts_at=at(7 * 1440), now=LATE)
    assert view.fee is None
    assert view.terms
    assert view.terms.cancel.hours > 24 * 7
    with refuses("fee_not_accepted"):
        as_patient(practice, CancelRequest, view, now=LATE)


def test_a_visit_that_was_moved_in_time_is_cancelled_for_free_in_time(practice: Unit) -> None:
    settle(practice, reschedule="instant")
    view = as_patient(practice, RescheduleRequest, confirmed(practice), starts_at=at(7 * 1440), now=EARLY)
    assert as_patient(practice, CancelRequest, view, now=LATE).fee is None


def moved_by_review(practice: Unit, *, asked: datetime, accepted: datetime = LATE) -> RequestView:
    settle(practice, reschedule="request", reschedule_window=LateChangeRule(hours=0, then="forbid"))
    view = as_patient(practice, RescheduleRequest, confirmed(practice), starts_at=at(7 * 1440), now=asked)
    assert view.proposal
    return act(practice, AcceptProposal, view, proposal_id=view.proposal.proposal_id, now=accepted)


def test_a_late_move_that_the_practice_accepts_does_not_make_cancelling_free(practice: Unit) -> None:
    view = moved_by_review(practice, asked=LATE)
    assert view.starts_at == at(7 * 1440)
    with refuses("fee_not_accepted"):
        as_patient(practice, CancelRequest, view, now=LATE)


def test_a_move_is_as_late_as_it_was_proposed_not_as_it_was_accepted(practice: Unit) -> None:
    view = moved_by_review(practice, asked=EARLY, accepted=NEXT_MONDAY - timedelta(hours=23))
    assert as_patient(practice, CancelRequest, view, now=LATE).fee is None


def test_a_late_move_that_the_practice_proposes_leaves_the_terms_as_promised(practice: Unit) -> None:
    settle(practice)
    view = act(practice, ProposeTime, confirmed(practice), starts_at=at(7 * 1440), now=LATE - HOUR)
    assert view.proposal
    fields = {"proposal_id": view.proposal.proposal_id, "now": LATE - HOUR}
    moved = as_patient(practice, AcceptProposal, view, **fields)
    assert as_patient(practice, CancelRequest, moved, now=LATE).fee is None


def test_what_the_practice_moves_late_can_be_cancelled_as_promised(practice: Unit) -> None:
    settle(practice)
    view = confirmed(practice, request_id=uuid4())
    command = {"by": PROFESSIONAL, "role": "professional", "starts_at": at(7 * 1440), "now": LATE}
    moved = as_patient(practice, RescheduleRequest, view, **command)
    assert as_patient(practice, CancelRequest, moved, now=LATE).fee is None
