"""Accounts of the version before are the people of this one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from run import migrate
from services.accounts import passwords
from services.accounts.handlers import directory, profiles
from services.accounts.store import tables
from services.accounts.throttle import Throttle
from shared.contracts.accounts.directory import FindProfessionals
from shared.contracts.accounts.people import GetAccount
from shared.db import Unit, new_engine
from tests.accounts.steps import NOW, PASSWORD, House

ANNA, ZOE = UUID(int=1), UUID(int=2)


@pytest.fixture
def old(house: House, database: Any) -> Iterator[House]:
    """A database of the version before, with two accounts in it, brought to this one."""
    engine = new_engine(database.new(), pool_size=3)
    migrate.upgrade("accounts", engine, to="0001")
    row = "insert into accounts values (:id, :email, :name, :role, :hash, :at)"
    known = passwords.hash_password(PASSWORD)
    with engine.begin() as conn:
        for account_id, name, role in ((ANNA, "Anna Conti", "patient"), (ZOE, "Zoë Łącka", "professional")):
            values = {"id": account_id, "email": f"{account_id.int}@example.org", "name": name}
            conn.execute(sa.text(row), {**values, "role": role, "hash": known, "at": NOW})
    migrate.upgrade("accounts", engine)
    unit = Unit(engine, tables.metadata)
    tools = replace(house.tools, throttle=Throttle(unit, house.tools.vault))
    yield replace(house, unit=unit, tools=tools)
    engine.dispose()


def test_they_sign_in_as_before(old: House) -> None:
    for account_id, role in ((ANNA, "patient"), (ZOE, "professional")):
        token = old.sign_in(email=f"{account_id.int}@example.org")
        assert (token.account_id, token.role) == (account_id, role)
    account = profiles.get(old.unit, GetAccount(account_id=ANNA))
    assert (account.version, account.name, account.roles) == (1, "Anna Conti", ["patient"])


def test_what_the_old_rules_asked_of_a_password_is_remembered(old: House) -> None:
    assert {row["id"]: row["stands_alone"] for row in old.rows(tables.people)} == {ANNA: False, ZOE: True}


@pytest.mark.parametrize("wanted", [{}, {"name": "zoe lacka"}, {"name": "Zoë"}])
def test_professionals_are_in_the_directory(old: House, wanted: dict[str, str]) -> None:
    found = directory.find(old.unit, FindProfessionals.model_validate(wanted)).professionals
    assert [each.professional_id for each in found] == [ZOE]
