"""The life of a session."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.accounts.domain import session
from services.accounts.domain.session import SESSION_LASTS, Session
from shared.contracts.accounts.sessions import Device, Prove, SessionEnded
from tests.accounts.steps import ANNA, NOW, PHONE, outcome, refused

LATER = NOW + timedelta(days=1)


def begun(**changes: Any) -> Session:
    device = Device(device_id=PHONE, name="A phone")
    made = session.begin(UUID(int=9), ANNA, role="patient", device=device, now=NOW)
    return replace(made, **changes)


def test_the_live_token_is_traded_for_the_next() -> None:
    after, events = session.refresh(begun(), generation=1, device_id=PHONE, now=LATER)
    assert (after.generation, after.last_used_at, after.ended_at, events) == (2, LATER, None, [])


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=11), timedelta(days=7), timedelta(days=89)])
def test_a_lost_answer_may_be_asked_for_again_however_late(late: timedelta) -> None:
    before = begun(generation=2)
    after, events = session.refresh(before, generation=1, device_id=PHONE, now=NOW + late)
    assert (after, events) == (replace(before, last_used_at=NOW + late), [])


@pytest.mark.parametrize("device_id", [UUID(int=5), None])
@pytest.mark.parametrize("generation", [2, 3], ids=["a lost answer", "live"])
def test_a_device_id_that_changes_ends_nothing(generation: int, device_id: UUID | None) -> None:
    after, events = session.refresh(
        begun(generation=3), generation=generation, device_id=device_id, now=LATER
    )
    assert (after.ended_at, after.device_id, events) == (None, PHONE, [])


def test_a_device_id_that_appears_later_is_noted() -> None:
    after, events = session.refresh(begun(device_id=None), generation=1, device_id=PHONE, now=LATER)
    assert (after.ended_at, after.device_id, events) == (None, PHONE, [])


def test_a_token_whose_successor_was_traded_ends_the_session() -> None:
    after, [event] = session.refresh(begun(generation=3), generation=1, device_id=PHONE, now=NOW)
    assert after.ended_at == NOW
    assert event == SessionEnded(
        occurred_at=NOW, version=4, session_id=after.id, person_id=ANNA.id, reason="token_reused"
    )


def test_a_token_that_was_never_handed_out_ends_nothing() -> None:
    """A database that was restored has forgotten it; the session goes on with those it knows."""
    code = outcome(lambda: session.refresh(begun(generation=3), generation=4, device_id=PHONE, now=NOW))
    assert code == "session_ended"


def test_a_session_ends_by_itself_when_nobody_uses_it() -> None:
    def at(now: datetime) -> str | None:
        return outcome(lambda: session.refresh(begun(), generation=1, device_id=PHONE, now=now))

    assert at(NOW + SESSION_LASTS - timedelta(seconds=1)) is None
    assert at(NOW + SESSION_LASTS) == "session_ended"


def test_what_has_ended_does_not_end_again() -> None:
    ended, _ = session.end(begun(), "signed_out", now=NOW)
    assert session.end(ended, "password_changed", now=LATER) == (ended, [])
    assert outcome(lambda: session.refresh(ended, generation=1, device_id=PHONE, now=NOW)) == "session_ended"


def test_nobody_signs_in_to_a_closed_account() -> None:
    closed = replace(ANNA, erases_at=LATER)
    refusal = refused(lambda: session.begin(UUID(int=9), closed, role="patient", device=Device(), now=NOW))
    assert (refusal.code, refusal.facts) == ("account_closed", {"erases_at": LATER.isoformat()})


def test_a_session_is_proved_by_its_own_person_while_it_lasts() -> None:
    proved = session.prove(begun(), ANNA.id, now=LATER)
    assert session.has_fresh_proof(proved, ANNA.id, now=LATER)
    for other in (None, begun(ended_at=NOW), begun(person_id=UUID(int=5))):
        assert outcome(lambda other=other: session.prove(other, ANNA.id, now=LATER)) == "session_ended"


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"password": "x"}, "password"), ({"code": "123456"}, "code"), ({}, None)],
)
def test_one_secret_proves_who_the_caller_is(given: dict[str, str], expected: str | None) -> None:
    command = Prove(person_id=ANNA.id, session_id=UUID(int=9), origin="192.0.2.1", **given)
    if expected:
        assert session.kind_of_proof(command) == expected
    else:
        assert refused(lambda: session.kind_of_proof(command)).code == "invalid_value"
