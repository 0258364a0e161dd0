"""Accounts, profiles, roles and dependents."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.accounts.handlers import dependents, profiles
from services.accounts.store import tables
from shared.contracts.accounts.people import (
    AccountView,
    AddDependent,
    AddRole,
    ChangeDependent,
    ChangeProfile,
    DependentView,
    GetAccount,
    GrantSupport,
    ListDependents,
    RemoveDependent,
)
from tests.accounts.steps import NOW, PASSWORD, House, outcome, refused


def test_an_account_is_what_was_registered_and_nothing_more(house: House) -> None:
    account = house.register(email="Anna@Example.org")
    assert account.model_dump() == {
        "account_id": account.account_id,
        "version": 1,
        "email": "anna@example.org",
        "name": "Anna Conti",
        "roles": ["patient"],
        "phone": None,
        "languages": [],
        "time_zone": None,
        "locale": None,
        "photo_url": None,
        "totp": False,
    }
    assert profiles.get(house.unit, GetAccount(account_id=account.account_id)) == account


def test_registering_again_under_one_id_finds_the_first(house: House) -> None:
    account_id = uuid4()
    assert house.register(account_id=account_id) == house.register(account_id=account_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another"},
        {"password": "another long password"},
        {"role": "clinic"},
        {"email": "b@example.org"},
    ],
)
def test_the_same_id_with_another_body_is_refused(house: House, changes: dict[str, str]) -> None:
    account_id = uuid4()
    house.register(account_id=account_id)
    code = outcome(lambda: house.register(account_id=account_id, **changes))
    assert code == "idempotency_key_reused"
    assert house.count(tables.people) == 1


def test_an_address_has_one_account_however_it_is_spelt(house: House) -> None:
    house.register(email="anna@example.org")
    refusal = refused(lambda: house.register(email="ANNA@Example.ORG"))
    assert (refusal.code, refusal.field) == ("email_taken", "email")


def test_two_who_race_for_one_address_make_one_account(house: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: outcome(house.register), range(8)))
    assert sorted(outcomes, key=str) == [None, *["email_taken"] * 7]
    assert house.count(tables.people) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "1234567"}, "weak_password"),
        ({"password": "only 14 chars.", "role": "professional"}, "weak_password"),
        ({"password": "only 14 chars.", "role": "clinic"}, "weak_password"),
        ({"password": "password"}, "common_password"),
        ({"password": "anna.conti@example.org"}, "common_password"),
        ({"password": "Tiramisu Bo", "name": "Tiramisu Bo"}, "common_password"),
    ],
)
def test_what_makes_no_account_is_refused(house: House, changes: dict[str, str], code: str) -> None:
    refusal = refused(lambda: house.register(**changes))
    assert (refusal.code, refusal.field) == (code, "password")
    assert house.count(tables.people) == 0


def test_passwords_are_kept_only_as_argon2id_hashes(house: House) -> None:
    house.register()
    house.sign_in()
    assert house.rows(tables.people)[0]["password_hash"].startswith("$argon2id$")
    assert "anna.conti@example.org" in house.everything()
    assert PASSWORD not in house.everything()


def profile(account: AccountView, **changes: Any) -> ChangeProfile:
    fields = account.model_dump() | {"phone": "+390612345678", "photo_url": "https://example.org/a.jpg"}
    return ChangeProfile.model_validate({**fields, **changes})


def test_a_profile_is_changed_once_for_each_version(house: House) -> None:
    account = house.register()
    after = profiles.change_profile(house.unit, profile(account, languages=["it", "de"], locale="de-IT"))
    assert (after.version, after.languages, after.phone) == (2, ["it", "de"], "+390612345678")
    assert profiles.get(house.unit, GetAccount(account_id=account.account_id)) == after
    assert outcome(lambda: profiles.change_profile(house.unit, profile(account))) == "stale_version"


def test_one_of_two_who_change_a_profile_at_once_is_told(house: House) -> None:
    account = house.register()
    commands = [profile(account, name=f"Anna {n}") for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda d: outcome(lambda: profiles.change_profile(house.unit, d)), commands))
    assert codes.count(None) == 1


def test_one_person_has_several_roles(house: House) -> None:
    account = house.register()
    command = AddRole(
        person_id=account.account_id, session_id=house.at_hand(account.account_id), role="professional"
    )
    after = profiles.add_role(house.unit, command, now=NOW)
    assert (after.version, after.roles) == (2, ["patient", "professional"])
    assert profiles.add_role(house.unit, command, now=NOW) == after
    assert house.audit(account.account_id) == [(account.account_id, "self", "role_added:professional")]


def test_a_short_password_takes_no_role_that_needs_a_long_one(house: House) -> None:
    account = house.register(password="gaxu-77b")
    command = AddRole(
        person_id=account.account_id, session_id=house.at_hand(account.account_id), role="clinic"
    )
    refusal = refused(lambda: profiles.add_role(house.unit, command, now=NOW))
    assert (refusal.code, refusal.field, refusal.facts) == ("weak_password", "role", {"at_least": 15})


def test_the_operator_makes_support_of_an_account(house: House) -> None:
    account = house.register()
    after = profiles.grant_support(house.unit, GrantSupport(email="Anna.Conti@example.org"), now=NOW)
    assert after.roles == ["patient", "support"]
    assert house.audit(account.account_id) == [(UUID(int=0), "operator", "role_added:support")]


def test_an_unknown_account_is_refused(house: House) -> None:
    unknown = uuid4()
    assert outcome(lambda: profiles.get(house.unit, GetAccount(account_id=unknown))) == "unknown_account"
    grant = GrantSupport(email="nobody@example.org")
    assert outcome(lambda: profiles.grant_support(house.unit, grant, now=NOW)) == "unknown_account"
    adding = AddDependent(dependent_id=uuid4(), person_id=unknown, name="Leo", relationship="child")
    assert outcome(lambda: dependents.add(house.unit, adding)) == "unknown_account"


def added(house: House, account: AccountView, **changes: Any) -> DependentView:
    fields = {
        "dependent_id": uuid4(),
        "person_id": account.account_id,
        "name": "Leo",
        "relationship": "child",
    }
    return dependents.add(house.unit, AddDependent(**fields | changes))


def listed(house: House, account: AccountView) -> list[DependentView]:
    command = ListDependents(person_id=account.account_id)
    return dependents.list_all(house.unit, command).dependents


def test_those_she_acts_for_are_listed_by_name(house: House) -> None:
    anna, bea = house.register(), house.register("Bea Bo")
    names = ["Ada", "Leo", "Zoe"]
    for name in random.Random(1).sample(names, 3):
        added(house, anna, name=name, relationship="parent", born_on=date(1950, 2, 1))
    assert [each.name for each in listed(house, anna)] == names
    assert listed(house, bea) == []


def test_adding_somebody_again_under_one_id_finds_the_first(house: House) -> None:
    anna, dependent_id = house.register(), uuid4()
    first = added(house, anna, dependent_id=dependent_id)
    assert added(house, anna, dependent_id=dependent_id) == first
    other = lambda: added(house, anna, dependent_id=dependent_id, name="Lea")  # noqa: E731
    assert outcome(other) == "idempotency_key_reused"
    assert listed(house, anna) == [first]


def test_a_dependent_is_changed_and_removed_by_who_acts_for_her(house: House) -> None:
    anna, bea = house.register(), house.register("Bea Bo")
    leo = added(house, anna)
    change = ChangeDependent(
        dependent_id=leo.dependent_id,
        person_id=anna.account_id,
        version=1,
        name="Leone",
        relationship="ward",
        born_on=None,
    )
    strangers = change.model_copy(update={"person_id": bea.account_id})
    assert outcome(lambda: dependents.change(house.unit, strangers)) == "unknown_dependent"
    after = dependents.change(house.unit, change)
    assert (after.version, after.name, after.relationship) == (2, "Leone", "ward")
    assert dependents.change(house.unit, change) == after
    other = change.model_copy(update={"name": "Leo"})
    assert outcome(lambda: dependents.change(house.unit, other)) == "stale_version"
    for person_id, left in ((bea.account_id, [after]), (anna.account_id, []), (anna.account_id, [])):
        dependents.remove(house.unit, RemoveDependent(dependent_id=leo.dependent_id, person_id=person_id))
        assert listed(house, anna) == left
