"""Each thing that one person can have many of has an end, which a code tells."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.accounts.domain.limits import MOST, OPEN_CHALLENGES, Thing
from services.accounts.handlers import clinics, dependents, tickets
from services.accounts.store import tables
from shared.contracts.accounts.clinics import CreateClinic
from shared.contracts.accounts.people import AccountView, AddDependent, RemoveDependent
from shared.contracts.accounts.tickets import AnswerTicket, OpenTicket
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, House, outcome, refused
from tests.accounts.test_passkeys import added, begun

Add = Callable[[House, AccountView], Any]


def add_dependent(house: House, owner: AccountView, **changes: Any) -> Any:
    fields = {"dependent_id": uuid4(), "person_id": owner.account_id, "name": "Kim", "relationship": "child"}
    return dependents.add(house.unit, AddDependent(**(fields | changes)))


def found_clinic(house: House, owner: AccountView, **changes: Any) -> Any:
    fields = {"clinic_id": uuid4(), "by": owner.account_id, "name": "The Clinic"}
    return clinics.create(house.unit, CreateClinic.model_validate(fields | changes), now=NOW)


def write_to_support(house: House, sender: AccountView, **changes: Any) -> Any:
    fields = {
        "ticket_id": uuid4(),
        "person_id": sender.account_id,
        "origin": "192.0.2.1",
        "topic": "support",
        "role": "patient",
        "device_type": "web",
        "description": "It does not open.",
        "email": None,
        "app_version": "",
    }
    command = OpenTicket.model_validate(fields | changes)
    return tickets.open_ticket(house.unit, command, tools=house.tools, now=NOW)


IN_TURN: list[tuple[Thing, Add]] = [
    ("dependents", add_dependent),
    ("clinics", found_clinic),
    ("tickets", write_to_support),
]
TABLES = {"dependents": tables.dependents, "clinics": tables.clinics, "tickets": tables.tickets}


@pytest.fixture
def owner(house: House) -> AccountView:
    return house.register(role="clinic", password="seven lamps over the harbour wall")


@pytest.mark.parametrize(("what", "add"), IN_TURN)
def test_there_are_never_more_however_many_are_added_at_once(
    house: House, owner: AccountView, what: Thing, add: Add
) -> None:
    tasks = MOST[what] + 8
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: outcome(lambda: add(house, owner)), range(tasks)))
    assert Counter(codes) == {None: MOST[what], "too_many": 8}
    assert house.count(TABLES[what]) == MOST[what]
    refusal = refused(lambda: add(house, owner))
    assert refusal.facts == {"what": what, "most": MOST[what]}


def test_what_was_added_last_is_added_again_without_harm(house: House, owner: AccountView) -> None:
    last = uuid4()
    for number in range(MOST["dependents"]):
        add_dependent(house, owner, dependent_id=last if number == MOST["dependents"] - 1 else uuid4())
    assert add_dependent(house, owner, dependent_id=last).dependent_id == last


def test_there_is_room_again_once_one_is_gone(house: House, owner: AccountView) -> None:
    kept = [add_dependent(house, owner) for _ in range(MOST["dependents"])]
    gone = RemoveDependent(dependent_id=kept[0].dependent_id, person_id=owner.account_id)
    dependents.remove(house.unit, gone)
    add_dependent(house, owner)
    sent = [write_to_support(house, owner) for _ in range(MOST["tickets"])]
    answer = AnswerTicket(ticket_id=sent[0].ticket_id, by=uuid4(), version=1, text="We are looking.")
    tickets.answer(house.unit, answer, now=NOW)
    write_to_support(house, owner)


def test_a_person_has_so_many_passkeys(house: House, owner: AccountView) -> None:
    for _ in range(MOST["passkeys"]):
        added(house, owner, Authenticator())
    refusal = refused(lambda: added(house, owner, Authenticator()))
    assert (refusal.code, refusal.facts["what"]) == ("too_many", "passkeys")


def test_one_more_open_challenge_ends_the_oldest(house: House, owner: AccountView) -> None:
    made = [begun(house, owner, now=NOW + timedelta(seconds=n)) for n in range(OPEN_CHALLENGES + 3)]
    open_ones = {row["id"] for row in house.rows(tables.challenges)}
    assert open_ones == {each.challenge_id for each in made[3:]}
