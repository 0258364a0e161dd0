"""Leaving for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.accounts.handlers import clinics, deletion, password_changes, profiles
from services.accounts.store import tables
from shared.contracts.accounts.clinics import GetClinic, MembershipChanged
from shared.contracts.accounts.deletion import (
    AccountClosed,
    AccountDeletion,
    AccountErased,
    AccountKept,
    AskDeletion,
    AskMyDeletion,
    ConfirmDeletion,
    DeletionRecord,
    ListDeletions,
    ReopenAccount,
)
from shared.contracts.accounts.people import AccountView, GetAccount
from shared.contracts.accounts.recovery import AskReset
from shared.contracts.accounts.sessions import SessionEnded
from shared.contracts.notify import InboxErased
from shared.contracts.requests.moves import VisitsErased
from tests.accounts.steps import NOW, House, outcome, token_in
from tests.pages import walked

WEEK = timedelta(days=7)


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def asked(house: House, anna: AccountView) -> str:
    command = AskMyDeletion(person_id=anna.account_id)
    deletion.ask_mine(house.unit, command, link_id=uuid4(), tools=house.tools, now=NOW)
    return house.mailed_token("deletion")


def confirm(house: House, token: str) -> AccountDeletion:
    return deletion.confirm(house.unit, ConfirmDeletion(token=token), tools=house.tools, now=NOW)


def keep(house: House, token: str, *, now: datetime = NOW) -> str | None:
    return outcome(
        lambda: deletion.reopen(house.unit, ReopenAccount(token=token), tools=house.tools, now=now)
    )


def erase_due(house: House, now: datetime) -> int:
    return deletion.erase_due(house.unit, new_uuid=uuid4, now=now)


def records(house: House) -> list[DeletionRecord]:
    return deletion.list_all(house.unit, ListDeletions()).deletions


def test_a_known_and_an_unknown_address_are_asked_for_alike(house: House, anna: AccountView) -> None:
    sent: list[str] = []
    sa.event.listen(house.unit.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    told = []
    for email in (anna.email, "nobody@example.org"):
        sent.clear()
        command = AskDeletion(email=email, origin="192.0.2.1")
        told.append((deletion.ask(house.unit, command, tools=house.tools), tuple(sent)))
    assert told[0] == told[1]
    [mail] = house.mails()
    assert mail["To"] == anna.email
    assert confirm(house, token_in(mail, "deletion")).erases_at == NOW + WEEK


def test_asking_closes_nothing(house: House, anna: AccountView) -> None:
    asked(house, anna)
    assert outcome(house.sign_in) is None
    assert erase_due(house, NOW + 2 * WEEK) == 0


def test_confirming_closes_the_account_and_ends_every_session(house: House, anna: AccountView) -> None:
    open_ones = {str(house.sign_in(device={}).session_id) for _ in range(2)}
    token = asked(house, anna)
    view = confirm(house, token)
    assert view.erases_at == NOW + WEEK
    assert {each.service for each in view.kept} == {"accounts", "requests"}
    assert all(each.what and each.why for each in view.kept)
    facts = house.events(SessionEnded.topic)
    assert {(each["session_id"], each["reason"]) for each in facts} == {
        (each, "account_closed") for each in open_ones
    }
    assert outcome(house.sign_in) == "account_closed"
    assert confirm(house, token) == view
    assert house.count(tables.deletions) == 1
    assert [each.state for each in records(house)] == ["closing"]


def test_she_may_change_her_mind_until_the_last_moment(house: House, anna: AccountView) -> None:
    view, token = house.close(anna.account_id)
    last_moment = view.erases_at - timedelta(seconds=1)
    assert erase_due(house, last_moment) == 0
    assert keep(house, token, now=last_moment) is None
    assert outcome(house.sign_in) is None
    assert erase_due(house, NOW + 2 * WEEK) == 0
    assert keep(house, token) == "dead_link"
    assert [each.state for each in records(house)] == ["kept"]
    assert [action for _, _, action in house.audit(anna.account_id)] == ["account_closed", "account_kept"]
    house.close(anna.account_id)
    assert [each.state for each in records(house)].count("closing") == 1


def test_closing_and_keeping_are_told_with_rising_versions(house: House, anna: AccountView) -> None:
    _, token = house.close(anna.account_id)
    keep(house, token)
    [closed], [kept] = (house.events(kind.topic) for kind in (AccountClosed, AccountKept))
    assert closed["person_id"] == kept["person_id"] == str(anna.account_id)
    assert closed["version"] < kept["version"]


def test_a_mind_is_changed_too_late_once_the_time_is_over(house: House, anna: AccountView) -> None:
    view, token = house.close(anna.account_id)
    assert keep(house, token, now=view.erases_at) == "dead_link"


def test_an_old_confirmation_does_not_close_a_kept_account(house: House, anna: AccountView) -> None:
    token = asked(house, anna)
    confirm(house, token)
    keep(house, house.mailed_token("keep"))
    assert outcome(lambda: confirm(house, token)) == "dead_link"


def test_who_asks_for_a_password_of_a_closed_account_gets_the_link_that_keeps_it(
    house: House, anna: AccountView
) -> None:
    house.close(anna.account_id)
    command = AskReset(email=anna.email, origin="192.0.2.1")
    password_changes.ask_reset(house.unit, command, tools=house.tools)
    assert keep(house, house.mailed_token("keep")) is None


def test_after_its_time_the_account_is_erased(house: House, anna: AccountView) -> None:
    house.sign_in()
    view, token = house.close(anna.account_id)
    assert erase_due(house, view.erases_at) == 1
    assert erase_due(house, view.erases_at) == 0
    [fact] = house.events(AccountErased.topic)
    assert fact["person_id"] == str(anna.account_id)
    assert outcome(house.sign_in) == "wrong_credentials"
    assert keep(house, token) == "dead_link"
    look = GetAccount(account_id=anna.account_id)
    assert outcome(lambda: profiles.get(house.unit, look)) == "unknown_account"
    for table in (tables.people, tables.sessions, tables.links):
        assert house.rows(table) == []
    assert house.audit(anna.account_id)[-1] == (anna.account_id, "self", "account_erased")
    [mail] = house.mails(now=view.erases_at)
    assert mail["To"] == anna.email
    assert "is erased" in mail["Subject"]
    assert house.register().account_id != anna.account_id


def test_the_report_says_who_has_erased_and_what_is_kept(house: House, anna: AccountView) -> None:
    at = house.erase(anna.account_id)
    [first] = records(house)
    assert (first.state, first.erased_at, first.done_by) == ("erased", at, ["accounts"])
    assert {each.service for each in first.kept} == {"accounts", "requests"}
    for kind in (VisitsErased, InboxErased, VisitsErased):
        event = kind(occurred_at=at, version=1, person_id=anna.account_id)
        deletion.note_erased(house.unit, event)
    again = VisitsErased(occurred_at=at, version=2, person_id=anna.account_id)
    deletion.note_erased(house.unit, again)
    assert records(house)[0].done_by == ["accounts", "notify", "requests"]


def test_deletions_are_listed_newest_first_page_by_page(house: House) -> None:
    for number in range(5):
        who = house.register(f"Person {number}")
        house.close(who.account_id, now=NOW + timedelta(minutes=number // 2))

    def fetch(cursor: str | None) -> tuple[list[DeletionRecord], str | None]:
        page = deletion.list_all(house.unit, ListDeletions(cursor=cursor, limit=2))
        return page.deletions, page.next_cursor

    assert walked(fetch) == records(house)
    times = [each.confirmed_at for each in walked(fetch)]
    assert times == sorted(times, reverse=True)
    assert len(times) == 5


def test_two_processes_erase_each_account_once(house: House) -> None:
    for number in range(6):
        house.close(house.register(f"Person {number}").account_id)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: erase_due(house, NOW + WEEK), range(4)))
    assert sum(counts) == 6
    assert len(house.events(AccountErased.topic)) == 6
    assert house.count(tables.people) == 0


def test_the_last_owner_of_a_clinic_in_which_others_work_stays(house: House) -> None:
    olga, staff = (house.register(name, "clinic") for name in ("Olga Owner", "Stefan Staff"))
    at = house.clinic(olga)
    token = asked(house, olga)
    house.join(at, olga, staff, "staff")
    assert outcome(lambda: confirm(house, token)) == "last_owner"
    assert outcome(lambda: asked(house, olga)) == "last_owner"
    house.join(at, olga, staff, "owner")
    assert outcome(lambda: confirm(house, token)) is None
    assert outcome(lambda: asked(house, staff)) == "last_owner"


def test_owners_who_leave_at_once_leave_one_to_those_who_stay(house: House) -> None:
    owners = [house.register(f"Owner {n}", "clinic") for n in range(3)]
    nurse = house.register("Nina Nurse", "professional")
    at = house.clinic(owners[0])
    for each in owners[1:]:
        house.join(at, owners[0], each, "owner")
    house.join(at, owners[0], nurse, "professional")
    tokens = [asked(house, each) for each in owners]
    with ThreadPoolExecutor(3) as pool:
        codes = list(pool.map(lambda token: outcome(lambda: confirm(house, token)), tokens))
    assert sorted(codes, key=str) == [None, None, "last_owner"]


def test_a_clinic_goes_with_the_last_who_works_there_and_stays_with_others(house: House) -> None:
    olga, staff = (house.register(name, "clinic") for name in ("Olga Owner", "Stefan Staff"))
    hers, shared = house.clinic(olga), house.clinic(staff, "Shared")
    house.join(shared, staff, olga, "owner")
    before = len(house.events(MembershipChanged.topic))
    house.erase(olga.account_id)
    told = house.events(MembershipChanged.topic)[before:]
    assert {(each["clinic_id"], each["person_id"], each["state"]) for each in told} == {
        (str(each.clinic_id), str(olga.account_id), "ended") for each in (hers, shared)
    }
    assert house.events()[-1]["event_id"] == house.events(AccountErased.topic)[0]["event_id"]
    assert outcome(lambda: clinics.get(house.unit, GetClinic(clinic_id=hers.clinic_id))) == "unknown_clinic"
    assert outcome(lambda: clinics.get(house.unit, GetClinic(clinic_id=shared.clinic_id))) is None


def test_nobody_joins_a_clinic_that_its_only_owner_is_leaving(house: House) -> None:
    """Otherwise the clinic has no owner on the day of the erasure."""
    olga, staff = (house.register(name, "clinic") for name in ("Olga Owner", "Stefan Staff"))
    at = house.clinic(olga)
    invitation = house.invite(at, olga, staff.email, "staff")
    _, token = house.close(olga.account_id)
    assert outcome(lambda: house.accept(invitation, staff.account_id, "clinic")) == "dead_link"
    keep(house, token)
    assert outcome(lambda: house.accept(invitation, staff.account_id, "clinic")) == "dead_link"
    anew = house.invite(at, olga, staff.email, "staff")
    assert outcome(lambda: house.accept(anew, staff.account_id, "clinic")) is None
