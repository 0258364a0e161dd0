"""Signing in with a password."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest

from services.accounts import passwords
from services.accounts.handlers import profiles
from services.accounts.store import tables
from shared.contracts.accounts.people import AddRole
from tests.accounts.steps import NOW, PASSWORD, House, outcome, refused

WRONG = (
    "wrong_credentials",
    "The e-mail address or password is wrong. If you have just registered, confirm your address first.",
)


def test_an_account_is_found_by_any_spelling_of_its_address(house: House) -> None:
    account = house.register()
    token = house.sign_in(email="ANNA.Conti@EXAMPLE.org")
    assert (token.account_id, token.role, token.expires_in) == (account.account_id, "patient", 600)


def test_the_token_says_who_in_which_role_and_for_how_long(house: House) -> None:
    account = house.register()
    token = house.sign_in()
    key = jwt.PyJWK(house.tools.signer.public_key()).key
    unhurried: Any = {"verify_exp": False, "verify_iat": False}  # the test's clock is not today's
    claims = jwt.decode(token.access_token, key, ["EdDSA"], audience="healthconnect-api", options=unhurried)
    assert claims == {
        "iss": "healthconnect",
        "aud": "healthconnect-api",
        "sub": str(account.account_id),
        "role": "patient",
        "sid": str(token.session_id),
        "iat": NOW.timestamp(),
        "exp": NOW.timestamp() + 600,
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [("Anna Conti", "not the password"), ("Nobody Known", PASSWORD), ("Nobody Known", "any")],
)
def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    house: House, name: str, password: str
) -> None:
    house.register()
    refusal = refused(lambda: house.sign_in(name, password=password))
    assert (refusal.code, refusal.detail) == WRONG
    assert (refusal.field, refusal.facts) == (None, {})
    assert house.count(tables.sessions) == 0


@pytest.mark.parametrize("name", ["Anna Conti", "Nobody Known"])
def test_each_attempt_hashes_once_whether_the_address_is_known_or_not(house: House, name: str) -> None:
    house.register()
    hashed: list[tuple[Callable[..., Any], bool]] = []

    def aside(work: Callable[..., Any], *args: Any) -> Any:
        hashed.append((work, args[1] is None))
        return work(*args)

    assert outcome(lambda: house.with_tools(aside=aside).sign_in(name, password="no")) == WRONG[0]
    assert hashed == [(passwords.matches, name != "Anna Conti")]


def test_nobodys_hash_costs_as_much_as_anybodys() -> None:
    def cost(password_hash: str) -> str:
        return password_hash.rpartition("$")[0].rpartition("$")[0]

    assert cost(passwords._NOBODYS) == cost(passwords.hash_password("the one"))


def test_who_has_several_roles_says_which_and_the_session_has_that_one(house: House) -> None:
    account = house.register()
    adding = AddRole(
        person_id=account.account_id, session_id=house.at_hand(account.account_id), role="professional"
    )
    profiles.add_role(house.unit, adding, now=NOW)
    needed = refused(house.sign_in)
    assert (needed.code, needed.facts) == ("role_needed", {"roles": ["patient", "professional"]})
    assert house.sign_in(role="professional").role == "professional"
    wrong = refused(lambda: house.sign_in(role="clinic"))
    assert (wrong.code, wrong.facts["needed"]) == ("wrong_role", "clinic")
    assert house.count(tables.sessions) == 2  # that one, and the one the role was added on


def test_roles_are_told_to_nobody_without_the_password(house: House) -> None:
    house.register()
    assert outcome(lambda: house.sign_in(role="clinic", password="no")) == "wrong_credentials"


def test_a_closed_account_says_so_to_its_owner_alone(house: House) -> None:
    account = house.register()
    view, _ = house.close(account.account_id)
    refusal = refused(house.sign_in)
    assert (refusal.code, refusal.facts) == ("account_closed", {"erases_at": view.erases_at.isoformat()})
    assert outcome(lambda: house.sign_in(password="no")) == "wrong_credentials"


def test_a_password_that_changes_while_it_is_checked_is_the_old_one(house: House) -> None:
    house.register()
    token = house.reset_token()

    def aside(work: Callable[..., Any], *args: Any) -> Any:
        found = work(*args)
        if work is passwords.matches:
            house.reset(token, "eleven boats under the bridge")
        return found

    assert outcome(house.with_tools(aside=aside).sign_in) == "wrong_credentials"
    assert house.count(tables.sessions) == 0


def test_the_session_remembers_the_device(house: House) -> None:
    house.register()
    device_id = uuid4()
    house.sign_in(device={"device_id": device_id, "name": "Anna's phone"})
    [row] = house.rows(tables.sessions)
    assert (row["device_id"], row["device_name"], row["signed_in_at"]) == (device_id, "Anna's phone", NOW)
