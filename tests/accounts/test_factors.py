"""Authenticator apps: codes beside the password."""

from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest

from services.accounts.handlers import second_factors
from services.accounts.store import tables
from shared.contracts.accounts.factors import ConfirmTotp, RemoveTotp, StartTotp
from shared.contracts.accounts.people import AccountView
from tests.accounts.steps import NOW, House, outcome

STEP = timedelta(seconds=30)


def code(secret: str, at: datetime = NOW) -> str:
    return pyotp.TOTP(secret).at(at)


def offered(house: House, owner: AccountView) -> str:
    start = StartTotp(person_id=owner.account_id, session_id=house.at_hand(owner.account_id))
    return second_factors.start_totp(house.unit, start, tools=house.tools, now=NOW).secret


def with_app(house: House, owner: AccountView, *, at: datetime = NOW) -> tuple[str, list[str]]:
    """The secret of an app that is asked for from now on, and the recovery codes."""
    secret = offered(house, owner)
    session_id = house.at_hand(owner.account_id, now=at)
    confirm = ConfirmTotp(person_id=owner.account_id, session_id=session_id, code=code(secret, at))
    return secret, second_factors.confirm_totp(house.unit, confirm, tools=house.tools, now=at).codes


def signed_in(house: House, **changes: Any) -> str | None:
    return outcome(lambda: house.sign_in("Nina Nurse", **changes))


def removed(house: House, owner: AccountView, sent: str, now: datetime) -> str | None:
    session_id = house.at_hand(owner.account_id, now=now)
    command = RemoveTotp(person_id=owner.account_id, session_id=session_id, code=sent)
    return outcome(lambda: second_factors.remove_totp(house.unit, command, tools=house.tools, now=now))


def test_a_secret_asks_for_nothing_before_a_code_of_it_was_shown(house: House, nurse: AccountView) -> None:
    offered(house, nurse)
    assert signed_in(house) is None
    session_id = house.at_hand(nurse.account_id)
    wrong = ConfirmTotp(person_id=nurse.account_id, session_id=session_id, code="000000")
    confirmed = outcome(lambda: second_factors.confirm_totp(house.unit, wrong, tools=house.tools, now=NOW))
    assert confirmed == "wrong_code"
    assert signed_in(house) is None


def test_the_app_is_asked_for_beside_the_password(house: House, nurse: AccountView) -> None:
    secret, _ = with_app(house, nurse)
    later = NOW + 2 * STEP
    assert signed_in(house, now=later) == "code_needed"
    assert signed_in(house, now=later, code="000000") == "wrong_code"
    assert signed_in(house, now=later, code=code(secret, later)) is None
    assert signed_in(house, now=later, password="no", code=code(secret, later)) == "wrong_credentials"
    assert house.audit(nurse.account_id) == [(nurse.account_id, "self", "totp_added")]


def test_no_code_is_good_twice(house: House, nurse: AccountView) -> None:
    secret, _ = with_app(house, nurse)
    assert signed_in(house, code=code(secret)) == "wrong_code"
    later = NOW + 2 * STEP
    assert signed_in(house, now=later, code=code(secret, later)) is None
    assert signed_in(house, now=later, code=code(secret, later)) == "wrong_code"
    before_that = code(secret, later - STEP)
    assert signed_in(house, now=later, code=before_that) == "wrong_code"


@pytest.mark.parametrize(
    ("drift", "refusal"), [(-2, "wrong_code"), (-1, None), (0, None), (1, None), (2, "wrong_code")]
)
def test_the_phones_clock_may_be_one_step_apart(
    house: House, nurse: AccountView, drift: int, refusal: str | None
) -> None:
    secret, _ = with_app(house, nurse)
    later = NOW + timedelta(hours=1)
    assert signed_in(house, now=later, code=code(secret, later + drift * STEP)) == refusal


def test_each_recovery_code_stands_in_once(house: House, nurse: AccountView) -> None:
    _, recovery = with_app(house, nurse)
    assert len(set(recovery)) == 8
    assert signed_in(house, code=recovery[3]) is None
    assert signed_in(house, code=recovery[3]) == "wrong_code"
    assert signed_in(house, code=recovery[4]) is None
    [row] = house.rows(tables.totps)
    assert len(row["recovery_hashes"]) == 6


def test_a_sign_in_that_is_refused_for_its_role_uses_up_no_code(house: House, nurse: AccountView) -> None:
    _, recovery = with_app(house, nurse)
    assert signed_in(house, code=recovery[0], role="clinic") == "wrong_role"
    assert signed_in(house, code=recovery[0]) is None


def test_secret_and_recovery_codes_rest_where_the_database_cannot_read_them(
    house: House, nurse: AccountView
) -> None:
    secret, recovery = with_app(house, nurse)
    kept = house.everything()
    for text in (secret, *recovery):
        assert text not in kept
        assert text.encode().hex() not in kept


def test_a_second_app_needs_the_first_to_be_removed(house: House, nurse: AccountView) -> None:
    secret, _ = with_app(house, nurse)
    assert outcome(lambda: offered(house, nurse)) == "already_on"
    later = NOW + 2 * STEP
    assert removed(house, nurse, "000000", later) == "wrong_code"
    assert removed(house, nurse, code(secret, later), later) is None
    assert removed(house, nurse, code(secret, later), later) is None
    assert signed_in(house) is None
    assert outcome(lambda: offered(house, nurse)) is None
    actions = [action for _, _, action in house.audit(nurse.account_id)]
    assert actions == ["totp_added", "totp_removed"]


def test_a_short_password_lives_only_beside_an_app(house: House, nurse: AccountView) -> None:
    secret, recovery = with_app(house, nurse)
    token = house.reset_token("Nina Nurse")
    assert outcome(lambda: house.reset(token, "gaxu-77b")) == "weak_password"
    house.reset(token, "gaxu-77b", code=recovery[0])
    later = NOW + 2 * STEP
    assert signed_in(house, now=later, password="gaxu-77b", code=code(secret, later)) is None
    much_later = later + 2 * STEP
    assert removed(house, nurse, code(secret, much_later), much_later) == "weak_password"
    assert signed_in(house, now=much_later, password="gaxu-77b") == "code_needed"


def test_the_account_says_whether_it_has_an_app(house: House, nurse: AccountView) -> None:
    assert not nurse.totp
    with_app(house, nurse)
    command = nurse.model_dump(exclude={"origin"})
    assert house.register("Nina Nurse", "professional", account_id=command["account_id"]).totp


def test_the_uri_for_the_qr_code_names_account_and_issuer(house: House, nurse: AccountView) -> None:
    start = StartTotp(person_id=nurse.account_id, session_id=house.at_hand(nurse.account_id))
    offer = second_factors.start_totp(house.unit, start, tools=house.tools, now=NOW)
    parsed = pyotp.parse_uri(offer.uri)
    assert (parsed.secret, parsed.issuer, parsed.name) == (offer.secret, "HealthConnect", nurse.email)
