"""The rules for an account and its password."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from services.accounts import passwords
from services.accounts.domain import person
from shared.contracts.accounts.people import ChangeProfile
from tests.accounts.steps import ANNA, outcome, refused


def checked(password: str, *roles: str, second_factor: bool = False) -> str | None:
    return outcome(
        lambda: person.check_password(password, roles=roles, second_factor=second_factor, guessable=False)
    )


@pytest.mark.parametrize(
    ("roles", "second_factor", "shortest"),
    [
        (("patient",), False, 8),
        (("professional",), False, 15),
        (("clinic",), False, 15),
        (("support",), False, 15),
        (("patient", "professional"), False, 15),
        (("professional",), True, 8),
        (("clinic", "patient"), True, 8),
    ],
)
def test_how_long_a_password_is_follows_from_roles_and_second_factor(
    roles: tuple[str, ...], second_factor: bool, shortest: int
) -> None:
    assert checked("x" * shortest, *roles, second_factor=second_factor) is None
    assert checked("x" * (shortest - 1), *roles, second_factor=second_factor) == "weak_password"


def test_the_refusal_says_how_long_it_must_be() -> None:
    refusal = refused(
        lambda: person.check_password("short", roles=("clinic",), second_factor=False, guessable=False)
    )
    assert (refusal.field, refusal.facts) == ("password", {"at_least": 15})


@pytest.mark.parametrize(
    "password", ["onlylowerletters", "ONLYUPPERLETTERS", "704926351850274", "一二三四五六七八九十甲乙丙丁戊"]
)
def test_no_sort_of_character_is_asked_for(password: str) -> None:
    assert checked(password, "professional") is None


COMMON = ["password", "Password123", "qwertyuiop", "12345678", "iloveyou", "letmein1"]
REPEATED = ["aaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "passwordpassword", "123123123123123"]
OF_THE_SERVICE = ["healthconnect", "HealthConnect1", "healthconnect2027"]
OF_HER = ["anna conti", "contianna", "anna@example.org", "annaconti1"]


@pytest.mark.parametrize("password", [*COMMON, *REPEATED, *OF_THE_SERVICE, *OF_HER])
def test_what_others_would_try_first_is_guessable(password: str) -> None:
    assert passwords.is_guessable(password, ("Anna Conti", "anna@example.org"))


@pytest.mark.parametrize(
    "password", ["seven lamps over the harbour", "mossy-teapot-41-gallop", "vqzjkxwpmtbd", "ünƒ🙂rg✂ttäble"]
)
def test_a_few_words_are_not_guessable(password: str) -> None:
    assert not passwords.is_guessable(password, ("Anna Conti", "anna@example.org"))


def test_a_name_is_guessable_for_its_owner_alone() -> None:
    assert passwords.is_guessable("Zdenka Wiktorowska", ("Zdenka Wiktorowska", "z@example.org"))
    assert not passwords.is_guessable("Zdenka Wiktorowska", ("Anna Conti", "anna@example.org"))


def test_what_is_known_of_one_person_does_not_count_for_others_who_choose_at_once() -> None:
    word, hers, anothers = "Zdenka Wiktorowska", ("Zdenka Wiktorowska",), ("Anna Conti",)
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(passwords.is_guessable, [word] * 200, [hers, anothers] * 100))
    finally:
        sys.setswitchinterval(0.005)
    assert answers == [True, False] * 100


def test_hashes_are_argon2id_with_the_cost_that_owasp_asks_for() -> None:
    known = passwords.hash_password("the one")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert known != passwords.hash_password("the one")
    assert passwords.matches("the one", known)
    assert not passwords.matches("another", known)
    assert not passwords.matches("the password of no account", None)


def test_a_password_is_the_same_from_whichever_keyboard_it_comes() -> None:
    composed, decomposed = "caff\u00e8 e cornetto", "caffe\u0300 e cornetto"
    assert passwords.matches(decomposed, passwords.hash_password(composed))
    assert not passwords.matches("caffe e cornetto", passwords.hash_password(composed))


def profile(**changes: Any) -> ChangeProfile:
    fields: dict[str, Any] = {
        "account_id": ANNA.id,
        "version": 1,
        "name": "Anna Bo",
        "phone": "+390612345678",
        "languages": ["it"],
        "time_zone": "Europe/Rome",
        "locale": "it-IT",
        "photo_url": None,
    }
    return ChangeProfile(**fields | changes)


def test_a_profile_is_replaced_whole() -> None:
    after = person.change(ANNA, profile())
    assert (after.version, after.name, after.phone) == (2, "Anna Bo", "+390612345678")
    assert (after.languages, after.time_zone, after.locale) == (("it",), "Europe/Rome", "it-IT")
    assert (after.email, after.roles) == (ANNA.email, ANNA.roles)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "localtime", "../etc/passwd"])
def test_a_time_zone_is_one_of_the_database(zone: str) -> None:
    assert outcome(lambda: person.change(ANNA, profile(time_zone=zone))) == "unknown_time_zone"


def test_a_profile_that_changed_meanwhile_is_not_overwritten() -> None:
    refusal = refused(lambda: person.change(ANNA, profile(version=2)))
    assert (refusal.code, refusal.facts) == ("stale_version", {"version": 1})


def test_a_role_more_needs_a_password_that_is_long_enough_for_it() -> None:
    short = replace(ANNA, stands_alone=False)
    assert outcome(lambda: person.add_role(short, "professional", second_factor=False)) == "weak_password"
    assert person.add_role(short, "professional", second_factor=True).roles == ("patient", "professional")
    assert person.add_role(ANNA, "clinic", second_factor=False).roles == ("patient", "clinic")
    assert person.add_role(ANNA, "patient", second_factor=False) is ANNA


def test_who_has_one_role_need_not_say_which() -> None:
    both = replace(ANNA, roles=("patient", "professional"))
    assert person.choose_role(ANNA, None) == "patient"
    assert person.choose_role(both, "professional") == "professional"
    assert refused(lambda: person.choose_role(both, None)).facts == {"roles": ["patient", "professional"]}
    wrong = refused(lambda: person.choose_role(ANNA, "clinic"))
    assert (wrong.code, wrong.facts) == ("wrong_role", {"role": "patient", "needed": "clinic"})
    assert "verify that you are signed into the correct role account" in wrong.detail


def test_a_short_password_keeps_its_second_factor() -> None:
    nurse = replace(ANNA, roles=("professional",), stands_alone=False)
    assert outcome(lambda: person.check_without_second_factor(nurse)) == "weak_password"
    assert outcome(lambda: person.check_without_second_factor(replace(nurse, stands_alone=True))) is None
    assert outcome(lambda: person.check_without_second_factor(replace(ANNA, stands_alone=False))) is None
