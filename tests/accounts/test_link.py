"""The purpose and the validity of mailed links."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.accounts.domain import link
from services.accounts.domain.link import Link
from tests.accounts.steps import NOW, outcome

RESET = Link(
    id=UUID(int=1),
    kind="reset",
    token_hash=b"",
    expires_at=NOW + link.LASTS["reset"],
    person_id=UUID(int=2),
)


def test_a_reset_lasts_an_hour_at_most() -> None:
    assert link.LASTS["reset"] <= timedelta(minutes=60)


def test_a_link_is_good_for_its_kind_until_it_expires() -> None:
    just_in_time = RESET.expires_at - timedelta(microseconds=1)
    assert link.check(RESET, "reset", now=just_in_time) is RESET
    assert link.check(RESET, now=just_in_time) is RESET


@pytest.mark.parametrize(
    ("known", "now"),
    [
        (None, NOW),
        (replace(RESET, kind="deletion"), NOW),
        (replace(RESET, used_at=NOW), NOW),
        (RESET, RESET.expires_at),
    ],
    ids=["unknown", "of another kind", "used", "expired"],
)
def test_all_others_are_dead(known: Link | None, now: datetime) -> None:
    assert outcome(lambda: link.check(known, "reset", now=now)) == "dead_link"
