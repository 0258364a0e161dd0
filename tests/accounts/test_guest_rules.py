"""Rules of guests on values alone: repeats, joining an account, and being forgotten."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.accounts.domain import guest
from shared.contracts.accounts.guests import RegisterGuest
from tests.accounts.steps import ANNA, NOW, outcome

COMMAND: dict[str, Any] = {
    "guest_id": UUID(int=7),
    "email": ANNA.email,
    "name": "Gina Guest",
    "phone": "+390612345678",
    "origin": "192.0.2.1",
}
GINA = guest.register(RegisterGuest(**COMMAND), now=NOW)
JOINED, EVENTS = guest.join(GINA, ANNA, now=NOW)


def test_a_repeat_has_the_same_content_unless_the_guest_has_joined_an_account() -> None:
    other = RegisterGuest(**COMMAND | {"name": "Gino Guest"})
    guest.check_repeat(GINA, RegisterGuest(**COMMAND))
    guest.check_repeat(JOINED, other)
    assert outcome(lambda: guest.check_repeat(GINA, other)) == "idempotency_key_reused"
    assert outcome(lambda: guest.check_repeat(None, other)) == "idempotency_key_reused"


def test_a_guest_joins_once_the_account_of_their_address() -> None:
    assert (JOINED.joined, JOINED.email, JOINED.name, JOINED.phone) == (ANNA.id, None, None, None)
    assert len(EVENTS) == 1
    assert guest.join(JOINED, ANNA, now=NOW) == (JOINED, [])
    stranger = replace(ANNA, id=UUID(int=8), email="stranger@example.org")
    assert outcome(lambda: guest.join(GINA, stranger, now=NOW)) == "other_address"
    assert outcome(lambda: guest.join(JOINED, stranger, now=NOW)) == "already_joined"
    assert outcome(lambda: guest.join(None, ANNA, now=NOW)) == "dead_link"


def test_data_that_belong_to_an_account_are_erased_with_it_alone() -> None:
    guest.check_erasable(GINA)
    guest.check_not_joined(GINA)
    assert outcome(lambda: guest.check_erasable(JOINED)) == "already_joined"
    assert outcome(lambda: guest.check_not_joined(JOINED)) == "joined_account"


def test_a_guest_is_unused_until_a_request_of_theirs_is_known() -> None:
    assert guest.is_unused(GINA, has_visits=False)
    assert not guest.is_unused(GINA, has_visits=True)
    assert not guest.is_unused(replace(GINA, expected=True), has_visits=False)
    assert not guest.is_unused(JOINED, has_visits=False)
