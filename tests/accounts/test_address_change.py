"""A change of address, confirmed and undone: rules on values alone."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.accounts.domain import address_change
from shared.contracts.accounts.addresses import ChangeAddress
from tests.accounts.steps import ANNA, NOW, outcome

BEFORE = NOW - timedelta(days=9)
OWNER = replace(ANNA, email="a@example.org", registered_at=BEFORE, proved_at=BEFORE)
ASKED = ChangeAddress(
    change_id=UUID(int=2), person_id=OWNER.id, session_id=UUID(int=3), email="B@example.org"
)
BEGUN = address_change.begin(ASKED, proof_id=UUID(int=4), now=NOW)


def test_a_confirmed_change_proves_the_new_address_and_remembers_the_old_one() -> None:
    after, done = address_change.confirm(OWNER, BEGUN, now=NOW)
    assert (after.email, after.proved_at, after.version) == ("b@example.org", NOW, 2)
    assert (done.old_email, done.proved_before, done.confirmed_at) == ("a@example.org", BEFORE, NOW)


def test_undoing_the_first_of_two_changes_gives_both_new_addresses_up() -> None:
    second, first = address_change.confirm(OWNER, BEGUN, now=NOW)
    last, other = address_change.confirm(second, replace(BEGUN, new_email="c@example.org"), now=NOW)
    restored, given_up = address_change.undo(last, first, [first, other], nobody_knows="x")
    assert (restored.email, restored.proved_at, restored.password_hash) == ("a@example.org", BEFORE, "x")
    assert given_up == {"b@example.org", "c@example.org"}


def test_a_change_is_over_with_its_time_its_tries_or_its_undoing() -> None:
    assert address_change.check_open(BEGUN, OWNER.id, now=NOW) == BEGUN
    for over in (
        None,
        replace(BEGUN, person_id=UUID(int=9)),
        replace(BEGUN, undone_at=NOW),
        replace(BEGUN, tries=address_change.TRIES),
        replace(BEGUN, expires_at=NOW),
    ):
        check = outcome(lambda over=over: address_change.check_open(over, OWNER.id, now=NOW))
        assert check == "change_over"
