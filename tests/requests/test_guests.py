"""Guests: the practice sees nothing before they have verified it, and later it may be an account's."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests import store
from services.requests.domain.booking import SHORTEST_REVIEW
from services.requests.domain.submission import VERIFY_WITHIN
from services.requests.handlers import erasure, guests
from services.requests.store import tables
from services.requests.store.pages import Scope
from shared.contracts.accounts.deletion import AccountClosed, AccountErased
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.requests.requests import (
    CancelRequest,
    ConfirmRequest,
    DeclineRequest,
    ListRequests,
    RequestView,
    RescheduleRequest,
    SyncRequests,
    VerifyRequest,
)
from shared.db import Unit
from tests.requests import steps
from tests.requests.builders import MONDAY, PROFESSIONAL
from tests.requests.steps import TOOLS, refuses

GUEST, PERSON = UUID(int=70), UUID(int=71)
SOON = MONDAY + timedelta(minutes=1)


def asked(practice: Unit, **changes: Any) -> RequestView:
    fields = {"by": GUEST, "patient_id": GUEST, "guest": True, "details": "A cough."}
    return steps.submit(practice, **fields | changes)


def verified(practice: Unit, view: RequestView, *, by: UUID = GUEST, now: Any = SOON) -> RequestView:
    return guests.verify(practice, VerifyRequest(request_id=view.request_id, by=by), tools=TOOLS, now=now)


def joined(practice: Unit, person_id: UUID = PERSON) -> GuestJoined:
    event = GuestJoined(occurred_at=MONDAY, version=1, guest_id=GUEST, person_id=person_id)
    guests.join(practice, event, tools=TOOLS, now=SOON)
    return event


def seen_by_practice(practice: Unit) -> list[UUID]:
    wanted = ListRequests(person_id=PROFESSIONAL, role="professional")
    return [each.request_id for each in steps.page(practice, wanted).requests]


def test_a_guests_time_is_held_and_the_practice_does_not_see_it(practice: Unit) -> None:
    view = asked(practice)
    assert (view.status, view.verified) == ("pending", False)
    assert view.expires_at == MONDAY + VERIFY_WITHIN
    assert view.starts_at not in steps.free(practice)
    assert seen_by_practice(practice) == []
    with refuses("not_yours"):
        steps.look(practice, view.request_id, by=PROFESSIONAL, role="professional")
    for kind in (ConfirmRequest, DeclineRequest):
        with refuses("not_yours"):
            steps.act(practice, kind, view)
    assert steps.published(practice, "guest_") == ["requests.guest_asked.v1"]
    assert steps.published(practice) == []


def test_nothing_of_it_is_in_the_professionals_sync_and_feed_or_outside_her_hours(practice: Unit) -> None:
    view = asked(practice)
    with practice() as work:
        hers = Scope(side="professional", person_id=PROFESSIONAL)
        changes, _ = store.pages.changes(work, TOOLS.master, hers, since=None, limit=10)
        window = store.pages.Interval(MONDAY, MONDAY + timedelta(days=30))
        near = store.pages.nearest(work, TOOLS.master, hers, window=window, now=MONDAY, limit=10)
        own = Scope(side="patient", person_id=GUEST)
        shown = store.pages.nearest(work, TOOLS.master, own, window=window, now=MONDAY, limit=10)
        to_come = store.requests.to_come(work, PROFESSIONAL, now=MONDAY)
    assert (changes, near, to_come) == ([], [], [])
    assert [each.id for each in shown] == [view.request_id]


def test_once_verified_it_is_a_request_like_any_other(practice: Unit) -> None:
    view = verified(practice, asked(practice))
    assert (view.status, view.verified, view.version) == ("pending", True, 2)
    assert view.expires_at == SOON + timedelta(hours=72)
    assert seen_by_practice(practice) == [view.request_id]
    assert steps.published(practice) == ["requests.request_submitted.v1"]
    confirmed = steps.act(practice, ConfirmRequest, view)
    assert (confirmed.status, confirmed.details) == ("confirmed", "A cough.")


def test_verifying_it_twice_changes_nothing(practice: Unit) -> None:
    view = asked(practice)
    assert verified(practice, view) == verified(practice, view, now=SOON + timedelta(hours=1))
    assert steps.published(practice) == ["requests.request_submitted.v1"]


def test_only_she_who_asked_can_verify_it(practice: Unit) -> None:
    view = asked(practice)
    for by in (PERSON, PROFESSIONAL):
        with refuses("not_yours"):
            verified(practice, view, by=by)
    with refuses("unknown_request"):
        guests.verify(practice, VerifyRequest(request_id=uuid4(), by=GUEST), tools=TOOLS, now=SOON)


def test_where_visits_are_booked_at_once_verifying_confirms_it(practice: Unit) -> None:
    steps.set_booking_settings(practice, booking="instant")
    view = asked(practice)
    assert view.status == "pending"
    view = verified(practice, view)
    assert view.status == "confirmed"
    assert view.terms is not None
    assert steps.published(practice) == ["requests.request_submitted.v1", "requests.request_confirmed.v1"]


@pytest.mark.parametrize("woken", [True, False])
def test_after_half_an_hour_it_is_too_late_however_late_the_timer_is(practice: Unit, woken: bool) -> None:
    view = asked(practice)
    over = MONDAY + VERIFY_WITHIN
    if woken:
        assert steps.wake(practice, now=over) == 1
    with refuses("request_expired"):
        verified(practice, view, now=over)


def test_what_was_not_verified_ends_without_a_word_and_frees_its_time(practice: Unit) -> None:
    view = asked(practice)
    assert steps.wake(practice, now=MONDAY + VERIFY_WITHIN) == 1
    assert steps.published(practice, "guest_") == ["requests.guest_asked.v1"]
    assert steps.published(practice) == []
    assert view.starts_at in steps.free(practice, now=MONDAY + VERIFY_WITHIN)
    ended = steps.look(practice, view.request_id, by=GUEST, role="patient")
    assert (ended.status, ended.verified) == ("expired", False)


def test_she_may_call_it_off_before_but_not_move_it(practice: Unit) -> None:
    view = asked(practice)
    with refuses("not_verified"):
        steps.as_patient(practice, RescheduleRequest, view, starts_at=steps.at(30))
    ended = steps.as_patient(practice, CancelRequest, view)
    assert ended.status == "cancelled"
    assert steps.published(practice) == []
    with refuses("request_expired"):
        verified(practice, view)


def test_sent_twice_it_is_one_request(practice: Unit) -> None:
    assert asked(practice) == asked(practice)
    assert len(steps.rows(practice, tables.requests)) == 1


def test_two_guests_do_not_get_one_slot(practice: Unit) -> None:
    asked(practice)
    with refuses("slot_taken"):
        asked(practice, request_id=uuid4(), by=PERSON, patient_id=PERSON)


def test_who_waits_for_a_slot_gets_it_when_the_guest_did_not_verify(practice: Unit) -> None:
    asked(practice)
    later = MONDAY + VERIFY_WITHIN
    other = steps.submit(practice, now=later, request_id=uuid4(), by=PERSON, patient_id=PERSON)
    assert other.status == "pending"


def test_the_practice_asks_for_a_new_client_and_that_is_confirmed(practice: Unit) -> None:
    view = asked(practice, by=PROFESSIONAL, role="professional")
    assert (view.status, view.verified, view.patient_id) == ("confirmed", True, GUEST)
    assert seen_by_practice(practice) == [view.request_id]


def test_she_has_half_an_hour_and_the_practice_as_long_though_the_visit_is_near(practice: Unit) -> None:
    steps.set_booking_settings(practice, booking="instant", lead_minutes=60)
    now = steps.at(-60)
    view = asked(practice, now=now)
    assert view.expires_at == now + VERIFY_WITHIN
    steps.set_booking_settings(practice, version=1, booking="request", lead_minutes=120)
    late = now + VERIFY_WITHIN - timedelta(seconds=1)
    assert verified(practice, view, now=late).expires_at == late + SHORTEST_REVIEW


def test_verifying_is_for_whoever_has_lost_her_hours_meanwhile_too(practice: Unit) -> None:
    view = asked(practice)
    none = steps.mondays(version=1, weekly=[])
    steps.schedules.publish_hours(practice, none, now=MONDAY)
    assert verified(practice, view).status == "pending"


def test_the_practice_knows_nobody_who_has_verified_nothing(practice: Unit) -> None:
    asked(practice)
    with refuses("not_yours"):
        steps.submit(
            practice,
            request_id=uuid4(),
            by=PROFESSIONAL,
            role="professional",
            patient_id=GUEST,
            starts_at=steps.at(60),
        )


def test_sent_again_after_she_joined_it_is_the_same_request(practice: Unit) -> None:
    view = verified(practice, asked(practice))
    joined(practice)
    again = asked(practice)
    assert (again.request_id, again.patient_id) == (view.request_id, PERSON)


def test_what_the_practice_asks_for_while_she_joins_is_the_persons_too(practice: Unit) -> None:
    """Whichever is first: none stays with the guest, and no word is lost."""
    verified(practice, asked(practice))
    booked = partial(
        steps.submit,
        practice,
        request_id=uuid4(),
        by=PROFESSIONAL,
        role="professional",
        patient_id=GUEST,
        starts_at=steps.at(60),
        details="By telephone.",
    )
    [refusal, _] = steps.all_done([booked, partial(joined, practice)])
    assert refusal in (None, "not_yours")
    found = [
        steps.look(practice, row["id"], by=PERSON, role="patient").details
        for row in steps.rows(practice, tables.requests)
    ]
    assert sorted(found) == (["A cough."] if refusal else ["A cough.", "By telephone."])


def test_joined_to_an_account_it_is_hers_with_all_its_words(practice: Unit) -> None:
    view = verified(practice, asked(practice))
    joined(practice)
    hers = steps.look(practice, view.request_id, by=PERSON, role="patient")
    assert (hers.patient_id, hers.details, hers.version) == (PERSON, "A cough.", 3)
    with refuses("not_yours"):
        steps.look(practice, view.request_id, by=GUEST, role="patient")
    keys = [row["patient_id"] for row in steps.rows(practice, tables.patient_keys)]
    assert keys == [PERSON]
    confirmed = steps.act(practice, ConfirmRequest, hers)
    assert confirmed.details == "A cough."


def test_joining_is_seen_by_a_phone_that_was_offline(practice: Unit) -> None:
    verified(practice, asked(practice))
    who = SyncRequests(person_id=PROFESSIONAL, role="professional")
    before = steps.reading.sync(practice, who, tools=TOOLS, access_id=uuid4(), now=SOON)
    joined(practice)
    again = who.model_copy(update={"cursor": before.next_cursor})
    after = steps.reading.sync(practice, again, tools=TOOLS, access_id=uuid4(), now=SOON)
    assert [each.patient_id for each in after.requests] == [PERSON]


def test_joining_told_twice_changes_nothing_more(practice: Unit) -> None:
    verified(practice, asked(practice))
    event = joined(practice)
    once = steps.rows(practice, tables.requests)
    guests.join(practice, event, tools=TOOLS, now=SOON)
    assert steps.rows(practice, tables.requests) == once


def test_what_is_not_verified_yet_can_be_by_the_account(practice: Unit) -> None:
    view = asked(practice)
    joined(practice)
    assert verified(practice, view, by=PERSON).status == "pending"
    assert seen_by_practice(practice) == [view.request_id]


@pytest.mark.parametrize("kind", [AccountClosed, AccountErased])
def test_joined_to_an_account_that_is_gone_by_now_it_ends_as_that_did(practice: Unit, kind: Any) -> None:
    view = verified(practice, asked(practice))
    gone = kind(occurred_at=MONDAY, version=2, person_id=PERSON)
    if kind is AccountErased:
        erasure.erase(practice, gone, tools=TOOLS, now=SOON)
    else:
        erasure.note_closing(practice, gone, tools=TOOLS, now=SOON)
    joined(practice)
    now = steps.look(practice, view.request_id, by=PERSON, role="patient")
    assert now.status == "cancelled"
    assert now.details == ("" if kind is AccountErased else "A cough.")
    assert view.starts_at in steps.free(practice)


def test_a_guest_who_is_erased_leaves_no_words(practice: Unit) -> None:
    view = verified(practice, asked(practice))
    gone = AccountErased(occurred_at=MONDAY, version=1, person_id=GUEST)
    erasure.erase(practice, gone, tools=TOOLS, now=SOON)
    left = steps.look(practice, view.request_id, by=PROFESSIONAL, role="professional")
    assert (left.status, left.details) == ("cancelled", "")
    assert steps.rows(practice, tables.patient_keys) == []


def test_a_professional_who_leaves_hears_nothing_of_what_was_not_verified(practice: Unit) -> None:
    asked(practice)
    gone = AccountClosed(occurred_at=MONDAY, version=2, person_id=PROFESSIONAL)
    erasure.note_closing(practice, gone, tools=TOOLS, now=SOON)
    assert steps.published(practice) == []
    [row] = steps.rows(practice, tables.requests)
    assert row["status"] == "cancelled"


@pytest.mark.parametrize("asker", [{}, {"by": PROFESSIONAL, "role": "professional"}])
def test_a_guest_who_is_erased_does_not_come_back_with_what_is_sent_again(
    practice: Unit, asker: dict[str, Any]
) -> None:
    asked(practice, details="", **asker)
    gone = AccountErased(occurred_at=MONDAY, version=1, person_id=GUEST)
    erasure.erase(practice, gone, tools=TOOLS, now=SOON)
    before = steps.everything(practice)
    with refuses("idempotency_key_reused"):
        asked(practice, details="", **asker)
    assert steps.everything(practice) == before
