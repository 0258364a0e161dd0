"""Staying in, and being signed out."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.accounts.domain.session import MOST_SESSIONS, SESSION_LASTS
from services.accounts.handlers import sessions
from services.accounts.operations import session_changes
from services.accounts.store import sessions as rows
from services.accounts.store import tables
from services.accounts.vault import Vault
from shared.contracts.accounts.sessions import (
    AccessRevoked,
    EndAllSessions,
    EndSession,
    ListEndedSessions,
    ListSessions,
    SessionEnded,
)
from tests.accounts.steps import NOW, PHONE, House, outcome

SOON, LATER = NOW + timedelta(seconds=9), NOW + timedelta(minutes=5)


@pytest.fixture
def anna(house: House) -> UUID:
    return house.register().account_id


def ended(house: House) -> list[tuple[UUID, str]]:
    facts = [SessionEnded.model_validate(body) for body in house.events(SessionEnded.topic)]
    return [(fact.session_id, fact.reason) for fact in facts]


@pytest.mark.usefixtures("anna")
def test_a_refresh_token_is_traded_for_the_next_of_the_same_session(house: House) -> None:
    first = house.sign_in()
    second = house.refresh(first.refresh_token, now=LATER)
    third = house.refresh(second.refresh_token, now=LATER)
    assert len({each.refresh_token for each in (first, second, third)}) == 3
    assert {each.session_id for each in (first, second, third)} == {first.session_id}
    [row] = house.rows(tables.sessions)
    assert (row["generation"], row["last_used_at"]) == (3, LATER)


@pytest.mark.usefixtures("anna")
def test_no_token_is_in_the_database(house: House) -> None:
    first = house.sign_in()
    second = house.refresh(first.refresh_token)
    for token in (first.refresh_token, second.refresh_token):
        code = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[20:]
        assert len(code) == 32
        assert token not in house.everything()
        assert code.hex() not in house.everything()


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("late", [timedelta(seconds=9), timedelta(minutes=1), timedelta(days=7)])
def test_a_phone_that_lost_an_answer_gets_the_same_successor_however_late(
    house: House, late: timedelta
) -> None:
    first = house.sign_in()
    second = house.refresh(first.refresh_token, now=NOW)
    restarted = house.with_tools(vault=Vault.from_file(house.home / "secret.key"))
    for _ in range(2):
        again = restarted.refresh(first.refresh_token, now=NOW + late)
        assert again.refresh_token == second.refresh_token
    assert house.refresh(second.refresh_token, now=NOW + late).session_id == first.session_id
    assert ended(house) == []


@pytest.mark.usefixtures("anna")
def test_an_old_token_ends_the_session_once_its_successor_was_traded_and_that_is_told(house: House) -> None:
    first = house.sign_in()
    second = house.refresh(first.refresh_token)
    third = house.refresh(second.refresh_token)
    assert outcome(lambda: house.refresh(first.refresh_token, now=SOON)) == "session_ended"
    assert ended(house) == [(first.session_id, "token_reused")]
    for token in (second, third):
        assert outcome(lambda token=token: house.refresh(token.refresh_token)) == "session_ended"  # type: ignore[misc]
    assert len(ended(house)) == 1


@pytest.mark.usefixtures("anna")
def test_the_end_and_its_announcement_are_one_transaction(house: House) -> None:
    first = house.sign_in()
    house.refresh(house.refresh(first.refresh_token).refresh_token)
    with house.unit() as work:
        work.conn.execute(sa.text("alter table outbox add constraint full_now check (false) not valid"))
    with pytest.raises(sa.exc.IntegrityError):
        house.refresh(first.refresh_token, now=LATER)
    [row] = house.rows(tables.sessions)
    assert row["ended_at"] is None


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("device_id", [UUID(int=5), None])
@pytest.mark.parametrize("used", [True, False])
def test_a_device_id_that_changes_ends_nothing(house: House, used: bool, device_id: UUID | None) -> None:
    first = house.sign_in()
    if used:
        house.refresh(first.refresh_token)
    second = house.refresh(first.refresh_token, device_id=device_id, now=LATER)
    assert house.refresh(second.refresh_token, device_id=device_id).session_id == first.session_id
    assert ended(house) == []


@pytest.mark.usefixtures("anna")
def test_a_device_id_that_appears_later_ends_nothing_and_is_known_from_then_on(house: House) -> None:
    first = house.sign_in(device={})
    house.refresh(first.refresh_token, device_id=PHONE)
    assert ended(house) == []
    second = house.sign_in()
    assert ended(house) == [(first.session_id, "signed_out")]
    assert [row["id"] for row in house.rows(tables.sessions) if not row["ended_at"]] == [second.session_id]


@pytest.mark.usefixtures("anna")
def test_a_hundred_refreshes_of_one_token_at_once_leave_one_successor(house: House) -> None:
    first = house.sign_in()
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: house.refresh(first.refresh_token), range(100)))
    [live] = {answer.refresh_token for answer in answers}
    assert live == house.tools.vault.refresh_token(first.session_id, 2)
    [row] = house.rows(tables.sessions)
    assert (row["id"], row["generation"], row["ended_at"]) == (first.session_id, 2, None)
    assert house.refresh(live, now=LATER).session_id == first.session_id


@pytest.mark.usefixtures("anna")
def test_a_refresh_waits_for_what_is_being_done_to_its_session(house: House) -> None:
    first = house.sign_in()
    with ThreadPoolExecutor(1) as pool, house.unit() as work:
        found = rows.find(work, first.session_id, to_change=True)
        assert found
        refreshing = pool.submit(outcome, lambda: house.refresh(first.refresh_token))
        with pytest.raises(TimeoutError):
            refreshing.result(timeout=0.3)
        session_changes.end(work, [found], "signed_out", now=NOW)
        work.conn.commit()
        assert refreshing.result(timeout=5) == "session_ended"


@pytest.mark.usefixtures("anna")
def test_a_token_that_is_none_is_refused_and_ends_nothing(house: House) -> None:
    token = house.sign_in()
    good, vault = token.refresh_token, house.tools.vault
    changed = ("B" if good[0] == "A" else "A") + good[1:]
    tampered = ["x", "é", "=" * 8, good[:-1], good[:-10], good + "A", good + "=", changed, good[::-1]]
    elsewhere = type(vault)(bytes(32)).refresh_token(token.session_id, 1)
    others = [elsewhere, vault.link_token(token.session_id), vault.refresh_token(uuid4(), 1)]
    unborn = vault.refresh_token(token.session_id, 2)
    for each in [*tampered, *others, unborn]:
        assert outcome(lambda each=each: house.refresh(each)) == "session_ended"  # type: ignore[misc]
    assert ended(house) == []
    assert house.refresh(good).session_id == token.session_id


@pytest.mark.usefixtures("anna")
def test_who_stays_away_too_long_is_signed_out(house: House) -> None:
    token = house.sign_in().refresh_token
    away = NOW + SESSION_LASTS
    assert outcome(lambda: house.refresh(token, now=away)) == "session_ended"
    sessions.forget_old(house.unit, now=away - timedelta(seconds=1))
    assert house.count(tables.sessions) == 1
    sessions.forget_old(house.unit, now=away + timedelta(seconds=1))
    assert house.count(tables.sessions) == 0


def test_a_device_that_signs_in_again_is_listed_once(house: House, anna: UUID) -> None:
    for _ in range(3):
        newest = house.sign_in()
    professional = house.sign_in(device={})
    shown = sessions.list_mine(house.unit, ListSessions(person_id=anna)).sessions
    assert {each.session_id for each in shown} == {newest.session_id, professional.session_id}
    assert len(ended(house)) == 2


def test_the_session_used_longest_ago_ends_where_there_are_too_many(house: House, anna: UUID) -> None:
    first = house.sign_in(device={})
    for minute in range(1, MOST_SESSIONS + 1):
        house.sign_in(device={}, now=NOW + timedelta(minutes=minute))
    shown = sessions.list_mine(house.unit, ListSessions(person_id=anna)).sessions
    assert len(shown) == MOST_SESSIONS
    assert ended(house) == [(first.session_id, "signed_out")]


def test_devices_are_listed_last_used_first_without_those_that_ended(house: House, anna: UUID) -> None:
    names = ["Tablet", "Phone", "Laptop"]
    ids = [uuid4() for _ in names]
    tokens = [
        house.sign_in(device={"device_id": device_id, "name": name})
        for device_id, name in zip(ids, names, strict=True)
    ]
    house.refresh(tokens[1].refresh_token, device_id=ids[1], now=LATER)
    ending = EndSession(person_id=anna, session_id=tokens[2].session_id)
    sessions.end_one(house.unit, ending, now=LATER)
    house.register("Bea Bo")
    house.sign_in("Bea Bo")
    shown = sessions.list_mine(house.unit, ListSessions(person_id=anna)).sessions
    assert [(each.device_name, each.last_used_at) for each in shown] == [("Phone", LATER), ("Tablet", NOW)]


def test_one_device_is_signed_out_and_only_by_its_owner(house: House, anna: UUID) -> None:
    token, other = house.sign_in(), house.sign_in(device={})
    bea = house.register("Bea Bo").account_id
    ending = EndSession(person_id=bea, session_id=token.session_id)
    sessions.end_one(house.unit, ending, now=NOW)
    assert ended(house) == []
    for _ in range(2):
        mine = EndSession(person_id=anna, session_id=token.session_id)
        sessions.end_one(house.unit, mine, now=NOW)
    assert ended(house) == [(token.session_id, "signed_out")]
    assert outcome(lambda: house.refresh(token.refresh_token)) == "session_ended"
    assert outcome(lambda: house.refresh(other.refresh_token, device_id=None)) is None


def test_all_devices_are_signed_out_at_once_and_nobody_elses(house: House, anna: UUID) -> None:
    mine = {house.sign_in(device={}).session_id for _ in range(3)}
    house.register("Bea Bo")
    hers = house.sign_in("Bea Bo")
    sessions.end_all(house.unit, EndAllSessions(person_id=anna), now=NOW)
    assert set(ended(house)) == {(session_id, "signed_out") for session_id in mine}
    assert outcome(lambda: house.refresh(hers.refresh_token)) is None
    [revoked] = house.events(AccessRevoked.topic)
    assert (revoked["person_id"], revoked["reason"]) == (str(anna), "signed_out_everywhere")


def test_signing_out_everywhere_twice_is_told_twice(house: House, anna: UUID) -> None:
    for _ in range(2):
        house.sign_in()
        sessions.end_all(house.unit, EndAllSessions(person_id=anna), now=NOW)
    assert len({body["event_id"] for body in house.events(AccessRevoked.topic)}) == 2


def test_gateways_can_ask_which_sessions_ended_as_long_as_a_token_of_theirs_may_live(
    house: House, anna: UUID
) -> None:
    token = house.sign_in()
    house.sign_in(device={})
    ending = EndSession(person_id=anna, session_id=token.session_id)
    sessions.end_one(house.unit, ending, now=NOW)

    def listed(after: timedelta) -> list[UUID]:
        found = sessions.list_ended(house.unit, ListEndedSessions(), now=NOW + after)
        return [each.session_id for each in found.sessions]

    assert listed(timedelta(minutes=10)) == [token.session_id]
    assert listed(timedelta(minutes=12)) == []
    sessions.forget_old(house.unit, now=NOW + timedelta(hours=23))
    assert house.count(tables.sessions) == 2
    sessions.forget_old(house.unit, now=NOW + timedelta(hours=25))
    assert house.count(tables.sessions) == 1
