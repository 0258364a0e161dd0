"""Support takes a lost second factor off, after a wait in which the owner can say no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.accounts.handlers import factor_removals
from services.accounts.store import tables
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.removals import (
    AskFactorRemoval,
    FactorRemoval,
    ListFactorRemovals,
    StopFactorRemoval,
)
from shared.contracts.accounts.sessions import AccessRevoked
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, PASSWORD, House, outcome, refused, token_in
from tests.accounts.test_factors import code, with_app
from tests.accounts.test_passkeys import added, asked, sign_in
from tests.accounts.test_proof import prove

SUPPORT, KEY = UUID(int=500), UUID(int=501)
DAY, DUE = timedelta(days=1), NOW + timedelta(hours=72)
SECOND = timedelta(seconds=1)


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def wanted(house: House, owner: AccountView, **changes: Any) -> FactorRemoval:
    fields = {"removal_id": KEY, "by": SUPPORT, "email": owner.email}
    command = AskFactorRemoval(**fields | changes)
    return factor_removals.ask(house.unit, command, tools=house.tools, now=NOW)


def go_on(house: House, now: datetime) -> None:
    factor_removals.process_waiting(house.unit, tools=house.tools, now=now)


def states(house: House) -> list[str]:
    return [row["state"] for row in house.rows(tables.factor_removals)]


def stopped(house: House, token: str, now: datetime = NOW) -> str | None:
    command = StopFactorRemoval(token=token)
    return outcome(lambda: factor_removals.stop(house.unit, command, tools=house.tools, now=now))


def subjects(house: House, now: datetime) -> list[str]:
    return [str(mail["Subject"]) for mail in house.mails(now=now)]


def test_after_the_wait_the_factors_are_gone_and_the_password_is_enough(
    house: House, anna: AccountView
) -> None:
    with_app(house, anna)
    added(house, anna, Authenticator())
    view = wanted(house, anna)
    assert (view.account_id, view.state, view.due_at) == (anna.account_id, "waiting", DUE)
    house.mails()
    go_on(house, DUE - SECOND)
    assert outcome(house.sign_in) == "code_needed"
    house.mails(now=DUE)
    for _ in range(2):
        go_on(house, DUE)
    assert house.rows(tables.totps) == house.rows(tables.passkeys) == []
    assert outcome(house.sign_in) is None
    assert states(house) == ["done"]
    [ended] = {row["ended_at"] for row in house.rows(tables.sessions) if row["device_name"] == "At hand"}
    assert ended == DUE
    assert subjects(house, DUE) == ["Your second factor was removed"]
    assert len(house.events(AccessRevoked.topic)) == 1
    steps = [entry for entry in house.audit(anna.account_id) if "factor" in entry[2]]
    assert steps == [
        (SUPPORT, "support", "factor_removal_asked"),
        (SUPPORT, "support", "factors_removed"),
    ]


def test_the_owner_is_told_at_once_and_each_day_with_a_link_that_stops_it(
    house: House, anna: AccountView
) -> None:
    with_app(house, anna)
    house.mails()
    wanted(house, anna)
    tokens = []
    for days in range(3):
        go_on(house, NOW + days * DAY)
        go_on(house, NOW + days * DAY + SECOND)
        [mail] = house.mails(now=NOW + days * DAY + SECOND)
        assert mail["To"] == anna.email
        assert "2027-03-04 09:00" in mail.get_content()
        tokens.append(token_in(mail, "factors"))
    assert stopped(house, tokens[0], NOW + 2 * DAY) is None
    assert stopped(house, tokens[2], NOW + 2 * DAY) == "dead_link"
    go_on(house, DUE)
    assert states(house) == ["stopped"]
    assert house.count(tables.totps) == 1
    assert house.mails(now=DUE) == []
    last = house.audit(anna.account_id)[-1]
    assert last == (anna.account_id, "self", "factor_removal_stopped")


def test_a_link_comes_too_late_once_it_is_due(house: House, anna: AccountView) -> None:
    with_app(house, anna)
    house.mails()
    wanted(house, anna)
    assert stopped(house, house.mailed_token("factors"), DUE) == "dead_link"


@pytest.mark.parametrize("how", ["code", "recovery", "passkey", "proof"])
def test_signing_in_with_the_factor_stops_it(house: House, anna: AccountView, how: str) -> None:
    secret, recovery = with_app(house, anna)
    device = Authenticator()
    added(house, anna, device)
    wanted(house, anna)
    later = NOW + timedelta(minutes=5)
    if how == "code":
        house.sign_in(code=code(secret, later), now=later)
    elif how == "recovery":
        house.sign_in(code=recovery[0])
    elif how == "passkey":
        offer = asked(house)
        sign_in(house, offer, device.get(offer.options))
    else:
        assert prove(house, house.at_hand(anna.account_id), anna, now=later, code=code(secret, later)) is None
    assert states(house) == ["stopped"]
    go_on(house, DUE)
    assert house.count(tables.totps) == house.count(tables.passkeys) == 1


def test_a_wrong_code_and_the_password_stop_nothing(house: House, anna: AccountView) -> None:
    with_app(house, anna)
    wanted(house, anna)
    assert outcome(house.sign_in) == "code_needed"
    assert outcome(lambda: house.sign_in(code="000000")) == "wrong_code"
    assert prove(house, house.at_hand(anna.account_id), anna, now=NOW, password=PASSWORD) is None
    assert states(house) == ["waiting"]


def test_asking_again_finds_the_first_and_another_waits_for_it(house: House, anna: AccountView) -> None:
    with_app(house, anna)
    bea = house.register("Bea Bo")
    with_app(house, bea)
    first = wanted(house, anna)
    assert wanted(house, anna) == first
    assert wanted(house, anna, email=None, account_id=anna.account_id) == first
    assert outcome(lambda: wanted(house, bea)) == "idempotency_key_reused"
    assert outcome(lambda: wanted(house, anna, removal_id=uuid4())) == "already_on"
    go_on(house, DUE)
    with_app(house, anna, at=DUE)
    assert wanted(house, anna, removal_id=uuid4()).state == "waiting"


def test_of_several_who_ask_at_once_one_is_told(house: House, anna: AccountView) -> None:
    with_app(house, anna)
    house.mails()
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda _: outcome(lambda: wanted(house, anna, removal_id=uuid4())), range(6)))
    assert sorted(codes, key=str) == [None, *["already_on"] * 5]
    assert len(house.mails()) == 1


def test_what_cannot_be_taken_off_is_refused(house: House, anna: AccountView) -> None:
    assert outcome(lambda: wanted(house, anna)) == "no_second_factor"
    with_app(house, anna)
    assert outcome(lambda: wanted(house, anna, by=anna.account_id)) == "not_allowed"
    assert outcome(lambda: wanted(house, anna, email="nobody@example.org")) == "unknown_account"
    assert outcome(lambda: wanted(house, anna, email=None)) == "invalid_value"
    assert outcome(lambda: wanted(house, anna, account_id=anna.account_id)) == "invalid_value"
    house.close(anna.account_id)
    assert refused(lambda: wanted(house, anna)).code == "account_closed"
    assert house.count(tables.factor_removals) == 0


def test_a_password_that_is_short_without_a_factor_has_to_be_set_anew(
    house: House, nurse: AccountView
) -> None:
    _, recovery = with_app(house, nurse)
    house.reset(house.reset_token("Nina Nurse"), "gaxu-77b", code=recovery[0])
    wanted(house, nurse)
    go_on(house, DUE)
    assert outcome(lambda: house.sign_in("Nina Nurse", password="gaxu-77b")) == "wrong_credentials"
    house.mails(now=DUE)
    house.reset(house.reset_token("Nina Nurse", now=DUE), "eleven boats under the bridge", now=DUE)
    assert outcome(lambda: house.sign_in("Nina Nurse", password="eleven boats under the bridge")) is None


def test_support_sees_how_each_stands_newest_first(house: House) -> None:
    asked_for = []
    for number in range(3):
        owner = house.register(f"Person {chr(97 + number)}")
        with_app(house, owner)
        fields = {"removal_id": UUID(int=600 + number), "by": SUPPORT, "email": owner.email}
        command = AskFactorRemoval(**fields)
        at = NOW + number * SECOND
        asked_for.append(factor_removals.ask(house.unit, command, tools=house.tools, now=at))
    first = factor_removals.list_all(house.unit, ListFactorRemovals(limit=2))
    rest = factor_removals.list_all(house.unit, ListFactorRemovals(limit=2, cursor=first.next_cursor))
    assert first.removals + rest.removals == asked_for[::-1]
    assert rest.next_cursor is None
