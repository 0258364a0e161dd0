"""Mails wait longer after each failed attempt, up to an hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.accounts.domain.pending_mail import draft, retry, template_for_owner
from tests.accounts.steps import ANNA

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAIL = draft(UUID(int=1), "erased", "anna@example.org", now=NOW)


def test_a_new_mail_is_due_at_once_and_given_up_after_a_day() -> None:
    assert (MAIL.due_at, MAIL.give_up_at, MAIL.enqueued_at) == (NOW, NOW + timedelta(days=1), NOW)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 5), (1, 10), (2, 20), (9, 2560), (10, 3600), (30, 3600)]
)
def test_the_pause_doubles_with_each_attempt(attempts: int, seconds: int) -> None:
    after = retry(replace(MAIL, attempts=attempts), now=NOW)
    assert (after.attempts, after.due_at) == (attempts + 1, NOW + timedelta(seconds=seconds))
    assert after.give_up_at == MAIL.give_up_at


@pytest.mark.parametrize(
    ("request_kind", "closed", "template"),
    [
        ("reset", False, "reset"),
        ("registration", False, "known_address"),
        ("reset", True, "keep"),
        ("deletion", True, "keep"),
        ("attempts", True, "attempts"),
    ],
)
def test_an_owner_is_mailed_what_fits_their_account(request_kind: str, closed: bool, template: str) -> None:
    owner = replace(ANNA, erases_at=NOW if closed else None)
    assert template_for_owner(request_kind, owner) == template
