"""The life cycle and the races catch what they are there for: each bug is planted, and found."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.requests import store
from services.requests.domain import moving, request
from services.requests.domain.hours import Timetable
from shared.db import Unit
from tests.requests import test_races
from tests.requests.test_life_cycle import THOROUGH, life_cycle

AT_THE_FIRST = settings(
    THOROUGH, max_examples=40, phases=[Phase.generate], report_multiple_bugs=False, print_blob=False
)


def is_caught(practice: Unit) -> None:
    with life_cycle(practice) as machine, pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=AT_THE_FIRST)


@pytest.fixture
def empty(unit: Callable[[str], Unit]) -> Unit:
    return unit("requests")


def without_constraint(practice: Unit) -> Unit:
    with practice() as work:
        work.conn.execute(sa.text("alter table holds drop constraint holds_one_visit_at_a_time_excl"))
    return practice


def test_the_life_cycle_misses_the_constraint_that_keeps_visits_apart(empty: Unit) -> None:
    is_caught(without_constraint(empty))


def test_so_do_two_requests_for_one_slot(practice: Unit) -> None:
    with pytest.raises(AssertionError):
        test_races.test_one_of_two_requests_for_one_slot_wins_and_the_other_learns_of_the_next(
            without_constraint(practice), test_races.AT_ONCE
        )


def test_the_life_cycle_misses_the_check_of_versions(empty: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "refuse_stale", lambda *_, **__: None)
    is_caught(empty)


def test_so_do_two_moves_of_one_visit(practice: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving.request, "refuse_stale", lambda *_, **__: None)
    with pytest.raises(AssertionError):
        test_races.test_a_visit_moved_twice_goes_where_it_was_moved_first(practice, test_races.FIRST)


def keeping_what_was_held(
    work: Any, asked: request.Request, *, before: request.Request | None = None
) -> bool:
    return True if not asked.holds else TAKE(work, asked, before=before)


TAKE = store.holds.take


def test_the_life_cycle_finds_a_slot_that_is_not_freed(empty: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.holds, "take", keeping_what_was_held)
    is_caught(empty)


def test_so_does_a_cancellation_that_meets_a_confirmation(
    practice: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.holds, "take", keeping_what_was_held)
    with pytest.raises(AssertionError):
        test_races.test_when_cancel_meets_confirm_the_first_wins_unless_she_has_second_thoughts(
            practice, test_races.FIRST
        )


def test_the_life_cycle_finds_hours_that_are_read_in_another_zone(
    empty: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timetable, "zone", property(lambda _: ZoneInfo("UTC")))
    is_caught(empty)


def test_without_a_bug_the_same_search_finds_nothing(empty: Unit) -> None:
    with life_cycle(empty) as machine:
        run_state_machine_as_test(machine, settings=settings(AT_THE_FIRST, max_examples=5))
