"""Rules of second factors on values alone: good codes and challenges, and the factors that a reset ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.accounts.domain import factor_removal, second_factors
from services.accounts.domain.person import Person
from services.accounts.domain.second_factors import CHALLENGE_LASTS, Challenge, Totp
from shared.contracts.accounts.removals import AskFactorRemoval
from tests.accounts import steps
from tests.accounts.steps import NOW, outcome, refused

ANNA, SUPPORT = UUID(int=1), UUID(int=2)
OWNER = replace(steps.ANNA, proved_at=NOW)
APP = Totp(person_id=ANNA, sealed_secret=b"s", confirmed=True, last_step=10, recovery_hashes=(b"a", b"b"))
CHALLENGE = Challenge(id=UUID(int=3), person_id=ANNA, challenge=b"c", expires_at=NOW + CHALLENGE_LASTS)
ASK = AskFactorRemoval(removal_id=UUID(int=4), account_id=ANNA, email=None, by=SUPPORT)


def test_a_code_is_good_once() -> None:
    after = second_factors.use_code(APP, b"-", step=11)
    assert after.last_step == 11
    for step in (11, 10, None):
        assert outcome(lambda step=step: second_factors.use_code(after, b"-", step=step)) == "wrong_code"


def test_a_recovery_code_is_good_once_and_leaves_the_others() -> None:
    after = second_factors.use_code(APP, b"a", step=None)
    assert (after.recovery_hashes, after.last_step) == ((b"b",), 10)
    assert outcome(lambda: second_factors.use_code(after, b"a", step=None)) == "wrong_code"


def test_an_app_is_confirmed_by_a_code_and_only_once() -> None:
    offered = replace(APP, confirmed=False, last_step=0, recovery_hashes=())
    second_factors.check_offered(offered)
    after = second_factors.confirm(offered, step=7, recovery_hashes=(b"x",), now=NOW)
    assert (after.confirmed, after.last_step, after.added_at) == (True, 7, NOW)
    assert outcome(lambda: second_factors.check_offered(after)) == "wrong_code"
    assert (
        outcome(lambda: second_factors.confirm(offered, step=None, recovery_hashes=(), now=NOW))
        == "wrong_code"
    )


@pytest.mark.parametrize(
    ("taken", "person_id", "at"),
    [
        (None, ANNA, NOW),
        (CHALLENGE, SUPPORT, NOW),
        (CHALLENGE, None, NOW),
        (CHALLENGE, ANNA, NOW + CHALLENGE_LASTS),
    ],
)
def test_a_challenge_of_somebody_else_or_too_old_is_refused(
    taken: Challenge | None, person_id: UUID | None, at: datetime
) -> None:
    assert second_factors.check_challenge(CHALLENGE, ANNA, now=NOW) == b"c"
    assert outcome(lambda: second_factors.check_challenge(taken, person_id, now=at)) == "bad_passkey"


def test_an_app_outlasts_a_reset_if_it_is_beyond_doubt_or_its_code_is_shown() -> None:
    older, later = (replace(APP, added_at=NOW + timedelta(hours=hours)) for hours in (-1, 1))
    assert second_factors.outlasts_reset(OWNER, older)
    assert not second_factors.outlasts_reset(OWNER, later)
    assert second_factors.outlasts_reset(OWNER, later, code_shown=True)
    assert not second_factors.outlasts_reset(OWNER, replace(older, confirmed=False), code_shown=True)
    assert not second_factors.outlasts_reset(OWNER, None, code_shown=True)


def test_support_asks_for_the_removal_of_a_factor_that_is_there_from_an_open_account_of_another() -> None:
    def ask(
        owner: Person = OWNER, *, by: UUID = SUPPORT, second_factor: bool = True
    ) -> factor_removal.Removal:
        command = ASK.model_copy(update={"by": by})
        wait = timedelta(days=3)
        return factor_removal.ask(command, owner, second_factor=second_factor, wait=wait, now=NOW)

    asked = ask()
    assert (asked.due_at, factor_removal.is_due(asked, now=NOW)) == (NOW + timedelta(days=3), False)
    assert factor_removal.is_due(asked, now=asked.due_at)
    assert not factor_removal.is_reminder_due(asked, now=NOW)
    assert factor_removal.is_reminder_due(asked, now=NOW + factor_removal.REMIND_EVERY)
    assert refused(lambda: ask(by=ANNA)).code == "not_allowed"
    assert refused(lambda: ask(replace(OWNER, erases_at=NOW))).code == "account_closed"
    assert refused(lambda: ask(second_factor=False)).code == "no_second_factor"


def test_an_account_to_help_is_named_once() -> None:
    factor_removal.check_named_once(ASK)
    for changes in ({"account_id": None}, {"email": "anna@example.org"}):
        command = ASK.model_copy(update=changes)
        assert outcome(lambda command=command: factor_removal.check_named_once(command)) == "invalid_value"
