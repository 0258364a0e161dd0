"""Tickets: messages to support, and the answers of support."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.accounts.handlers import tickets
from services.accounts.store import tables
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.tickets import AnswerTicket, ListTickets, OpenTicket, TicketView
from tests.accounts.steps import NOW, House, outcome
from tests.pages import walked

SUPPORT = UUID(int=900)


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def write(house: House, *, after: int = 0, **changes: Any) -> TicketView:
    fields = {
        "ticket_id": uuid4(),
        "person_id": None,
        "email": "visitor@example.org",
        "topic": "feedback",
        "role": "visitor",
        "device_type": "web",
        "app_version": "1.2",
        "description": "It works.",
        "origin": "192.0.2.1",
    }
    command = OpenTicket(**fields | changes)
    now = NOW + timedelta(minutes=after)
    return tickets.open_ticket(house.unit, command, tools=house.tools, now=now)


def answer(house: House, to: TicketView, text: str = "Thank you.", version: int = 1) -> TicketView:
    command = AnswerTicket(ticket_id=to.ticket_id, by=SUPPORT, version=version, text=text)
    return tickets.answer(house.unit, command, now=NOW)


def listed(house: House, *, by: UUID = SUPPORT, mine: bool = False, **wanted: Any) -> list[TicketView]:
    command = ListTickets(by=by, mine=mine, **wanted)
    return tickets.list_all(house.unit, command, now=NOW).tickets


def test_a_visitor_says_where_the_answer_goes_and_a_person_need_not(house: House, anna: AccountView) -> None:
    assert outcome(lambda: write(house, email=None)) == "missing_field"
    assert write(house).email == "visitor@example.org"
    assert write(house, person_id=anna.account_id, email=None).email == anna.email
    assert write(house, person_id=anna.account_id).email == "visitor@example.org"
    assert outcome(lambda: write(house, person_id=uuid4())) == "unknown_account"


def test_writing_again_under_one_id_is_one_message(house: House) -> None:
    first = write(house, ticket_id=UUID(int=1))
    assert write(house, ticket_id=UUID(int=1), after=5) == first
    other = outcome(lambda: write(house, ticket_id=UUID(int=1), description="Another."))
    assert other == "idempotency_key_reused"
    answered = answer(house, first)
    assert write(house, ticket_id=UUID(int=1)) == answered
    assert house.count(tables.tickets) == 1


def test_support_answers_once_and_the_answer_is_mailed(house: House, anna: AccountView) -> None:
    asked = write(house, person_id=anna.account_id, email=None)
    after = answer(house, asked)
    assert (after.version, after.answer, after.answered_at) == (2, "Thank you.", NOW)
    assert answer(house, asked) == after
    assert outcome(lambda: answer(house, asked, "Something else.")) == "already_answered"
    [mail] = house.mails()
    assert mail["To"] == anna.email
    assert mail.get_content().startswith("Thank you.\r\n")
    assert "Please do not send emergency, medical or sensitive" in mail.get_content()
    assert listed(house, by=anna.account_id, mine=True) == [after]


def test_of_answers_given_at_once_one_is_sent(house: House) -> None:
    asked = write(house)
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda n: outcome(lambda: answer(house, asked, f"Answer {n}")), range(4)))
    assert sorted(codes, key=str) == [None, *["already_answered"] * 3]
    assert len(house.mails()) == 1


def test_what_cannot_be_answered_is_refused(house: House) -> None:
    asked = write(house)
    assert outcome(lambda: answer(house, asked, version=2)) == "stale_version"
    nowhere = asked.model_copy(update={"ticket_id": uuid4()})
    assert outcome(lambda: answer(house, nowhere)) == "unknown_ticket"


def test_everybody_lists_her_own_and_support_all(house: House, anna: AccountView) -> None:
    mine = write(house, person_id=anna.account_id)
    others = write(house, after=1)
    assert listed(house) == [others, mine]
    assert listed(house, by=anna.account_id, mine=True) == [mine]
    answer(house, others)
    assert listed(house, open_only=True) == [mine]


def test_messages_are_walked_newest_first(house: House) -> None:
    for number in range(5):
        write(house, after=number // 2)

    def fetch(cursor: str | None) -> tuple[list[TicketView], str | None]:
        command = ListTickets(by=SUPPORT, mine=False, cursor=cursor, limit=2)
        page = tickets.list_all(house.unit, command, now=NOW)
        return page.tickets, page.next_cursor

    assert walked(fetch) == listed(house)
    assert len(listed(house)) == 5


def test_what_support_sees_of_a_person_is_written_down(house: House, anna: AccountView) -> None:
    asked = write(house, person_id=anna.account_id)
    write(house)
    listed(house, by=anna.account_id, mine=True)
    assert house.rows(tables.access_log) == []
    listed(house)
    answer(house, asked)
    assert house.audit(anna.account_id) == [
        (SUPPORT, "support", "ticket_read"),
        (SUPPORT, "support", "ticket_answered"),
    ]
    assert house.count(tables.access_log) == 2
