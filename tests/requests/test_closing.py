"""A professional whose account is closed receives nobody new, until she is erased or stays after all."""

from uuid import uuid4

import pytest

from services.requests.handlers import erasure, hours
from shared.contracts.accounts.deletion import AccountClosed, AccountKept
from shared.contracts.requests import FindNextFree, ListServices
from shared.db import Unit
from shared.errors import Refused
from tests.requests.builders import MONDAY, PROFESSIONAL
from tests.requests.steps import submit

CLOSED = AccountClosed(occurred_at=MONDAY, version=2, person_id=PROFESSIONAL)
KEPT = AccountKept(occurred_at=MONDAY, version=3, person_id=PROFESSIONAL)


def receives(practice: Unit) -> bool:
    found = hours.find_next_free(practice, FindNextFree(professional_ids=[PROFESSIONAL]), now=MONDAY)
    return bool(found.times)


def test_whoever_is_about_to_leave_can_no_longer_be_asked_for(practice: Unit) -> None:
    assert receives(practice)
    erasure.note_closing(practice, CLOSED)
    assert not receives(practice)
    for ask in (
        lambda: submit(practice, request_id=uuid4()),
        lambda: hours.list_services(practice, ListServices(professional_id=PROFESSIONAL)),
    ):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.code == "unknown_professional"


def test_what_was_agreed_before_stays(practice: Unit) -> None:
    agreed = submit(practice)
    erasure.note_closing(practice, CLOSED)
    assert submit(practice, request_id=agreed.request_id) == agreed


@pytest.mark.parametrize("told", [(CLOSED, KEPT), (KEPT, CLOSED), (CLOSED, KEPT, CLOSED)])
def test_who_changes_her_mind_receives_again_in_whatever_order_it_is_told(
    practice: Unit, told: tuple[AccountClosed | AccountKept, ...]
) -> None:
    for event in told:
        erasure.note_closing(practice, event)
    assert receives(practice)
