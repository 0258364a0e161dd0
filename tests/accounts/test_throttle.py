"""Limits on attempts."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.accounts.handlers import recovery
from services.accounts.store import tables
from services.accounts.throttle import Throttle
from shared.contracts.accounts.recovery import AskReset
from shared.settings import Settings
from tests.accounts.steps import House, outcome, refused


@pytest.fixture
def strict(house: House) -> House:
    """With the limits that a deployment starts with."""
    return house.with_tools(settings=Settings(home=house.home))


def attempts(house: House, times: int, **changes: Any) -> list[str | None]:
    return [outcome(lambda: house.sign_in(**changes)) for _ in range(times)]


def test_five_attempts_a_minute_for_each_account_from_wherever(strict: House) -> None:
    strict.register()
    codes = [outcome(lambda n=n: strict.sign_in(password="no", origin=f"192.0.2.{n}")) for n in range(6)]
    assert codes == [*["wrong_credentials"] * 5, "too_many_attempts"]
    assert attempts(strict, 1, origin="192.0.2.99") == ["too_many_attempts"]
    strict.register("Bea Bo")
    assert attempts(strict, 1, email="bea.bo@example.org", origin="192.0.2.99") == [None]


def test_five_attempts_a_minute_from_each_network_address_for_whomever(strict: House) -> None:
    codes = [outcome(lambda n=n: strict.sign_in(f"Person {n}")) for n in range(6)]
    assert codes == [*["wrong_credentials"] * 5, "too_many_attempts"]


def test_the_refusal_says_how_long_to_wait(strict: House) -> None:
    attempts(strict, 5)
    refusal = refused(strict.sign_in)
    assert 55 <= refusal.facts["retry_after"] <= 60
    assert str(refusal.facts["retry_after"]) in refusal.detail


def test_an_unknown_address_is_limited_like_a_known_one(strict: House) -> None:
    strict.register()
    known = attempts(strict, 7, password="no", origin="192.0.2.7")
    assert attempts(strict, 7, email="nobody@example.org", password="no", origin="192.0.2.8") == known


def test_forms_are_limited_too(strict: House) -> None:
    demand = AskReset(email="anna.conti@example.org", origin="192.0.2.1")
    codes = [outcome(lambda: recovery.ask_reset(strict.unit, demand, tools=strict.tools)) for _ in range(6)]
    assert codes == [*[None] * 5, "too_many_attempts"]
    assert strict.count(tables.asks) == 5


def test_all_processes_count_together(house: House) -> None:
    throttles = [Throttle(house.unit, house.tools.vault) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        each = [throttles[n % 2] for n in range(20)]
        codes = list(pool.map(lambda one: outcome(lambda: one.count("x", "7/minute", "me")), each))
    assert codes.count(None) == 7
    assert codes.count("too_many_attempts") == 13


def test_kinds_of_attempts_are_counted_apart(house: House) -> None:
    throttle = house.tools.throttle
    codes = [outcome(lambda what=what: throttle.count(what, "1/minute", "me")) for what in "aabb"]
    assert codes == [None, "too_many_attempts"] * 2


def test_a_new_window_opens_again(house: House) -> None:
    def count() -> str | None:
        return outcome(lambda: house.tools.throttle.count("x", "2/second", "me"))

    codes = [count() for _ in range(3)]
    time.sleep(1.1)
    assert [*codes, count()] == [None, None, "too_many_attempts", None]


def test_windows_that_are_over_are_forgotten(house: House) -> None:
    house.tools.throttle.count("x", "1/second", "me")
    house.tools.throttle.count("x", "1/hour", "me")
    time.sleep(1.1)
    house.tools.throttle.forget_old()
    assert house.count(tables.throttle) == 1


def test_nobody_can_read_who_was_counted(house: House) -> None:
    house.tools.throttle.count("sign-in", "5/minute", "anna.conti@example.org", "192.0.2.1")
    kept = house.everything()
    assert house.count(tables.throttle) == 2
    assert "sign-in" in kept
    assert "anna" not in kept
    assert "192.0.2" not in kept
