"""Passwords, lost and changed."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.accounts.handlers import clinics, deletion, password_changes
from services.accounts.store import tables
from shared.contracts.accounts.clinics import EndMembership
from shared.contracts.accounts.deletion import AskMyDeletion, ConfirmDeletion, ReopenAccount
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.recovery import AskReset, ChangePassword, GetLink, SendReset
from shared.contracts.accounts.sessions import SessionEnded
from tests.accounts.steps import NOW, PASSWORD, House, outcome, refused, token_in

NEW = "eleven boats under the bridge"
HOUR = timedelta(minutes=60)


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def ended(house: House) -> set[tuple[str, str]]:
    return {(body["session_id"], body["reason"]) for body in house.events(SessionEnded.topic)}


def test_a_link_sets_a_new_password_once_and_ends_every_session(house: House, anna: AccountView) -> None:
    open_ones = {str(house.sign_in(device={}).session_id) for _ in range(2)}
    token = house.reset_token()
    house.reset(token, NEW)
    assert ended(house) == {(each, "password_changed") for each in open_ones}
    assert outcome(house.sign_in) == "wrong_credentials"
    assert outcome(lambda: house.sign_in(password=NEW)) is None
    assert outcome(lambda: house.reset(token, "another long enough one")) == "dead_link"
    assert outcome(lambda: house.sign_in(password=NEW)) is None
    assert house.audit(anna.account_id) == [(anna.account_id, "self", "password_reset")]


@pytest.mark.usefixtures("anna")
def test_a_link_is_good_for_sixty_minutes(house: House) -> None:
    token = house.reset_token()
    assert outcome(lambda: house.reset(token, NEW, now=NOW + HOUR)) == "dead_link"
    assert outcome(lambda: house.reset(token, NEW, now=NOW + HOUR - timedelta(seconds=1))) is None


@pytest.mark.usefixtures("anna")
def test_using_one_link_kills_the_others_of_that_account_alone(house: House) -> None:
    house.register("Bea Bo")
    first, second, beas = house.reset_token(), house.reset_token(), house.reset_token("Bea Bo")
    house.reset(second, NEW)
    assert outcome(lambda: house.reset(first, "another long enough one")) == "dead_link"
    assert outcome(lambda: house.reset(beas, NEW)) is None


@pytest.mark.usefixtures("anna")
def test_of_those_who_use_one_link_at_once_one_does(house: House) -> None:
    token = house.reset_token()
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda n: outcome(lambda: house.reset(token, f"{NEW} {n}")), range(6)))
    assert sorted(codes, key=str) == [None, *["dead_link"] * 5]


@pytest.mark.usefixtures("anna")
def test_looking_at_a_link_changes_nothing(house: House) -> None:
    token = house.reset_token()
    before = house.everything()
    for _ in range(3):
        view = password_changes.get_link(house.unit, GetLink(token=token), tools=house.tools, now=NOW)
        assert (view.kind, view.expires_at) == ("reset", NOW + HOUR)
    assert house.everything() == before
    house.reset(token, NEW)
    look = GetLink(token=token)
    assert (
        outcome(lambda: password_changes.get_link(house.unit, look, tools=house.tools, now=NOW))
        == "dead_link"
    )


@pytest.mark.usefixtures("anna")
def test_the_token_is_in_no_table(house: House) -> None:
    token = house.reset_token()
    code = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[16:]
    assert len(code) == 32
    kept = house.everything()
    assert token not in kept
    assert code.hex() not in kept


@pytest.mark.usefixtures("anna")
def test_a_token_that_is_none_is_a_dead_link(house: House) -> None:
    token, vault = house.reset_token(), house.tools.vault
    session = house.sign_in()
    for each in ["x", "é", token[:-1], token + "A", vault.link_token(uuid4()), session.refresh_token]:
        assert outcome(lambda each=each: house.reset(each, NEW)) == "dead_link"  # type: ignore[misc]


def test_a_known_and_an_unknown_address_cost_the_same_and_only_one_gets_mail(
    house: House, anna: AccountView
) -> None:
    asked: list[str] = []
    sa.event.listen(house.unit.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    told = []
    for email in (anna.email, "nobody@example.org"):
        asked.clear()
        command = AskReset(email=email, origin="192.0.2.1")
        told.append((password_changes.ask_reset(house.unit, command, tools=house.tools), tuple(asked)))
    assert told[0] == told[1]
    assert told[0][1]
    assert [mail["To"] for mail in house.mails()] == [anna.email]
    assert house.count(tables.mail_requests) == 0


@pytest.mark.usefixtures("anna")
def test_a_weak_password_leaves_the_link_good(house: House) -> None:
    token = house.reset_token()
    assert refused(lambda: house.reset(token, "1234567")).code == "weak_password"
    assert refused(lambda: house.reset(token, "password1")).code == "common_password"
    assert refused(lambda: house.reset(token, "anna.conti@example.org")).code == "common_password"
    assert outcome(lambda: house.reset(token, "gaxu-77b")) is None


def test_a_professionals_new_password_is_long(house: House) -> None:
    house.register("Nina Nurse", "professional")
    token = house.reset_token("Nina Nurse")
    assert outcome(lambda: house.reset(token, "gaxu-77b")) == "weak_password"
    assert outcome(lambda: house.reset(token, NEW)) is None


def change(house: House, anna: AccountView, session_id: UUID, current: str, password: str) -> str | None:
    command = ChangePassword(
        person_id=anna.account_id,
        session_id=session_id,
        current=current,
        password=password,
        origin="192.0.2.1",
    )
    return outcome(lambda: password_changes.change(house.unit, command, tools=house.tools, now=NOW))


def test_changing_the_password_ends_every_other_session(house: House, anna: AccountView) -> None:
    here, there = house.sign_in(), house.sign_in(device={})
    assert change(house, anna, here.session_id, "no", NEW) == "wrong_password"
    assert change(house, anna, here.session_id, PASSWORD, "password1") == "common_password"
    assert ended(house) == set()
    assert change(house, anna, here.session_id, PASSWORD, NEW) is None
    assert ended(house) == {(str(there.session_id), "password_changed")}
    assert outcome(lambda: house.sign_in(password=NEW)) is None
    assert house.audit(anna.account_id) == [(anna.account_id, "self", "password_changed")]


@pytest.mark.parametrize("how", ["change", "reset"])
def test_links_that_were_mailed_before_a_new_password_are_dead(
    house: House, anna: AccountView, how: str
) -> None:
    reset, closing, bystander = house.reset_token(), deletion_token(house, anna), house.register("Bea Bo")
    beas = house.reset_token("Bea Bo")
    if how == "change":
        assert change(house, anna, house.sign_in().session_id, PASSWORD, NEW) is None
    else:
        house.reset(house.reset_token(), NEW)
    assert outcome(lambda: house.reset(reset, "another long enough one")) == "dead_link"
    confirm = ConfirmDeletion(token=closing)
    closed = outcome(lambda: deletion.confirm(house.unit, confirm, tools=house.tools, now=NOW))
    assert closed == "dead_link"
    assert outcome(lambda: house.sign_in(password=NEW)) is None
    assert outcome(lambda: house.reset(beas, NEW)) is None
    assert bystander.account_id != anna.account_id


def test_a_link_that_keeps_an_account_outlives_a_reset(house: House, anna: AccountView) -> None:
    reset = house.reset_token()
    _, keep = house.close(anna.account_id)
    house.reset(reset, NEW)
    deletion.reopen(house.unit, ReopenAccount(token=keep), tools=house.tools, now=NOW)
    assert outcome(lambda: house.sign_in(password=NEW)) is None


def deletion_token(house: House, owner: AccountView) -> str:
    ask = AskMyDeletion(person_id=owner.account_id)
    deletion.ask_mine(house.unit, ask, link_id=uuid4(), tools=house.tools, now=NOW)
    return house.mailed_token("deletion")


def sent(house: House, patient: AccountView, by: AccountView, role: str) -> str | None:
    command = SendReset(patient_id=patient.account_id, by=by.account_id, role=role)
    return outcome(
        lambda: password_changes.send_reset(house.unit, command, link_id=uuid4(), tools=house.tools, now=NOW)
    )


def test_a_professional_has_a_link_sent_to_a_patient_she_has_seen(house: House, anna: AccountView) -> None:
    nurse, other = (house.register(name, "professional") for name in ("Nina Nurse", "Olga Other"))
    assert sent(house, anna, nurse, "professional") == "not_yours"
    house.visit(anna, nurse)
    assert sent(house, anna, nurse, "professional") == "not_yours"
    house.visit(anna, nurse, confirmed=True)
    assert sent(house, anna, other, "professional") == "not_yours"
    assert house.mails() == []
    assert sent(house, anna, nurse, "professional") is None
    [mail] = house.mails()
    assert mail["To"] == anna.email
    assert house.audit(anna.account_id) == [(nurse.account_id, "professional", "reset_sent")]
    house.reset(token_in(mail, "reset"), NEW)
    assert outcome(lambda: house.sign_in(password=NEW)) is None


def test_a_front_desk_does_the_same_for_patients_of_its_professionals(
    house: House, anna: AccountView
) -> None:
    nurse = house.register("Nina Nurse", "professional")
    olga, other = (house.register(name, "clinic") for name in ("Olga Owner", "Otto Owner"))
    at = house.clinic(olga)
    house.clinic(other, "Another")
    house.join(at, olga, nurse, "professional")
    house.visit(anna, nurse, confirmed=True, practice_id=at.clinic_id)
    assert sent(house, anna, other, "clinic") == "not_yours"
    assert sent(house, anna, olga, "clinic") is None
    [mail] = [each for each in house.mails() if each["To"] == anna.email]
    assert "Your practice sent you this link" in mail.get_content()
    assert house.audit(anna.account_id) == [(olga.account_id, "clinic", "reset_sent")]
    leave = EndMembership(
        clinic_id=at.clinic_id,
        person_id=nurse.account_id,
        by=nurse.account_id,
        session_id=house.at_hand(nurse.account_id),
        role="clinic",
    )
    clinics.end_membership(house.unit, leave, now=NOW)
    assert sent(house, anna, olga, "clinic") is None
    assert sent(house, anna, nurse, "professional") == "not_yours"
