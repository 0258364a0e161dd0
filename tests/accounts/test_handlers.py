"""Accounts on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
import sqlalchemy as sa

from services.accounts import handlers, passwords
from services.accounts.tokens import Signer
from shared.bus import in_this_thread
from shared.contracts.accounts import (
    AccountView,
    GetAccount,
    ListProfessionals,
    RegisterAccount,
    SignIn,
    TokenView,
)
from shared.db import Unit
from shared.errors import Refused
from tests.pages import walked

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
PASSWORD = "long enough for a professional"


@pytest.fixture
def accounts(unit: Callable[[str], Unit]) -> Unit:
    return unit("accounts")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.from_file(tmp_path / "key.pem")


def register(accounts: Unit, **changes: Any) -> AccountView:
    fields: dict[str, Any] = {
        "account_id": uuid4(),
        "email": "Anna@Example.org",
        "password": PASSWORD,
        "name": "Anna Conti",
        "role": "patient",
    }
    return handlers.register(accounts, RegisterAccount(**fields | changes), now=NOW, aside=in_this_thread)


def sign_in(accounts: Unit, signer: Signer, email: str, password: str) -> TokenView:
    demand = SignIn(email=email, password=password)
    return handlers.sign_in(accounts, demand, signer=signer, now=NOW, aside=in_this_thread)


def test_an_account_is_found_by_any_spelling_of_its_address(accounts: Unit, signer: Signer) -> None:
    account = register(accounts)
    session = sign_in(accounts, signer, "ANNA@EXAMPLE.org", PASSWORD)
    assert (session.account_id, session.role, session.expires_in) == (account.account_id, "patient", 600)


def test_the_token_says_who_in_which_role_and_for_how_long(accounts: Unit, signer: Signer) -> None:
    account = register(accounts)
    token = sign_in(accounts, signer, "anna@example.org", PASSWORD).access_token
    key = jwt.PyJWK(signer.public_key()).key
    unhurried = {"verify_exp": False, "verify_iat": False}  # the test's clock is not today's
    claims = jwt.decode(token, key, ["EdDSA"], audience="healthconnect-api", options=unhurried)
    assert claims["sub"] == str(account.account_id)
    assert claims["role"] == "patient"
    assert claims["exp"] - claims["iat"] == 600
    assert "anna" not in str(claims).lower()


@pytest.mark.parametrize(
    ("email", "password"), [("anna@example.org", "not the password"), ("nobody@example.org", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    accounts: Unit, signer: Signer, email: str, password: str
) -> None:
    register(accounts)
    with pytest.raises(Refused) as refusal:
        sign_in(accounts, signer, email, password)
    assert refusal.value.args == (
        "wrong_credentials",
        "The e-mail address or the password is not right.",
    )


def test_registering_again_under_one_id_finds_the_first(accounts: Unit) -> None:
    account_id = uuid4()
    assert register(accounts, account_id=account_id) == register(accounts, account_id=account_id)


@pytest.mark.parametrize("changes", [{"name": "Another"}, {"password": "another long password"}])
def test_the_same_id_with_another_body_is_refused(accounts: Unit, changes: dict[str, str]) -> None:
    account_id = uuid4()
    register(accounts, account_id=account_id)
    with pytest.raises(Refused) as refusal:
        register(accounts, account_id=account_id, **changes)
    assert refusal.value.code == "idempotency_key_reused"


def test_two_who_race_for_one_address_make_one_account(accounts: Unit) -> None:
    def attempt(_: int) -> str:
        try:
            return str(register(accounts).account_id)
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert outcomes.count("email_taken") == 7


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"password": "1234567"}, "weak_password", "password"),
        ({"password": "only 14 chars.", "role": "professional"}, "weak_password", "password"),
    ],
)
def test_what_makes_no_account_is_refused(
    accounts: Unit, changes: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        register(accounts, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_passwords_are_kept_only_as_argon2id_hashes(accounts: Unit) -> None:
    register(accounts)
    with accounts() as work:
        [row] = work.conn.execute(sa.text("select * from accounts")).mappings()
    assert row["password_hash"].startswith("$argon2id$")
    assert PASSWORD not in str(dict(row))


def test_a_hash_matches_its_password_alone() -> None:
    known = passwords.hashed("the one")
    assert passwords.matches("the one", known)
    assert not passwords.matches("another", known)
    assert not passwords.matches("the password of no account", None)


def test_professionals_are_listed_by_name_page_by_page(accounts: Unit) -> None:
    names = ["Dr. Ada", "Dr. Bea", "Dr. Bea", "Dr. Cleo"]
    for number, name in enumerate(reversed(names)):
        register(accounts, email=f"{number}@example.org", name=name, role="professional")
    register(accounts)

    def fetch(cursor: str | None) -> tuple[list[str], str | None]:
        page = handlers.list_professionals(accounts, ListProfessionals(cursor=cursor, limit=2))
        return [each.name for each in page.professionals], page.next_cursor

    assert walked(fetch) == names


def test_an_unknown_account_is_refused(accounts: Unit) -> None:
    with pytest.raises(Refused) as refusal:
        handlers.get(accounts, GetAccount(account_id=uuid4()))
    assert refusal.value.code == "unknown_account"


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: Signer.from_file(tmp_path / "keys" / "key.pem"), range(8)))
    assert len({signer.key_id for signer in signers}) == 1
    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["key.pem"]
