"""A professional with a closed account gets no new requests, until it is erased or reopened."""

from uuid import UUID, uuid4

import pytest

from services.requests.handlers import erasure, services, slots
from shared.contracts.accounts.deletion import AccountClosed, AccountKept
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestCancelled
from shared.contracts.requests.services import ListServices
from shared.contracts.requests.slots import FindNextFree
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL
from tests.requests.steps import TOOLS, outbox, submit

CLOSED = AccountClosed(occurred_at=MONDAY, version=2, person_id=PROFESSIONAL)
KEPT = AccountKept(occurred_at=MONDAY, version=3, person_id=PROFESSIONAL)


def close(practice: Unit, person_id: UUID = PROFESSIONAL) -> None:
    erasure.note_closing(
        practice, CLOSED.model_copy(update={"person_id": person_id}), tools=TOOLS, now=MONDAY
    )


def receives(practice: Unit) -> bool:
    found = slots.find_next_free(practice, FindNextFree(professional_ids=[PROFESSIONAL]), now=MONDAY)
    return bool(found.times)


def test_whoever_is_about_to_leave_can_no_longer_be_asked_for(practice: Unit) -> None:
    assert receives(practice)
    close(practice)
    assert not receives(practice)
    for ask in (
        lambda: submit(practice, request_id=uuid4()),
        lambda: services.list_services(practice, ListServices(professional_id=PROFESSIONAL), now=MONDAY),
    ):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.code == "unknown_professional"


@pytest.mark.parametrize("person_id", [PROFESSIONAL, PATIENT])
def test_open_visits_end_and_the_others_are_told(practice: Unit, person_id: UUID) -> None:
    agreed = submit(practice)
    close(practice, person_id)
    close(practice, person_id)
    assert submit(practice, request_id=agreed.request_id).status == "cancelled"
    [told] = outbox(practice, RequestCancelled.topic)
    assert (told["by"], told["reason"]) == ("system", "account_closed")


def test_a_patient_whose_account_is_closed_asks_for_nothing(practice: Unit) -> None:
    close(practice, PATIENT)
    with pytest.raises(Refused) as refusal:
        submit(practice)
    assert refusal.value.code == "unknown_account"


def test_what_is_told_late_ends_nothing(practice: Unit) -> None:
    erasure.note_closing(practice, KEPT, tools=TOOLS, now=MONDAY)
    agreed = submit(practice)
    close(practice)
    assert submit(practice, request_id=agreed.request_id) == agreed


@pytest.mark.parametrize("told", [(CLOSED, KEPT), (KEPT, CLOSED), (CLOSED, KEPT, CLOSED)])
def test_who_changes_her_mind_receives_again_in_whatever_order_it_is_told(
    practice: Unit, told: tuple[AccountClosed | AccountKept, ...]
) -> None:
    for event in told:
        erasure.note_closing(practice, event, tools=TOOLS, now=MONDAY)
    assert receives(practice)
