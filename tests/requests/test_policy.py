"""Policies of a practice for cancelling, moving and companions."""

from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from services.requests.domain import policy
from services.requests.domain.policy import Policy
from shared.contracts.base import Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.policies import LateChangeRule, PolicySettings, SetPolicy
from tests.requests import builders
from tests.requests.builders import EUR, MONDAY, PROFESSIONAL

USUAL = Policy(practice_id=PROFESSIONAL)
LATE = LateChangeRule(hours=48, then="fee", fee=EUR)
SECOND = timedelta(seconds=1)


def change(before: Policy = USUAL, *, version: int = 0, **settings: Any) -> Policy:
    command = SetPolicy(
        by=PROFESSIONAL, role="professional", version=version, settings=PolicySettings(**settings)
    )
    return policy.change(before, command)


def test_a_practice_that_settled_nothing_has_the_usual_rules() -> None:
    terms = USUAL.terms(None)
    assert (USUAL.version, terms.policy_version, terms.price) == (0, 0, None)
    assert (terms.cancel, terms.reschedule) == (LateChangeRule(hours=24, then="call_to_cancel"), "request")


def test_the_terms_are_the_rules_and_the_price_of_the_moment() -> None:
    terms = change(cancel=LATE, reschedule="instant", joiners=3).terms(EUR)
    assert (terms.cancel, terms.reschedule, terms.joiners) == (LATE, "instant", 3)
    assert (terms.policy_version, terms.price) == (1, EUR)


@pytest.mark.parametrize("field", ["cancel", "reschedule_window"])
@pytest.mark.parametrize(
    "window",
    [
        LateChangeRule(then="fee"),
        LateChangeRule(then="forbid", fee=EUR),
        LateChangeRule(then="call_to_cancel", fee=EUR),
    ],
)
def test_there_is_a_fee_where_it_is_due_and_only_there(field: str, window: LateChangeRule) -> None:
    with pytest.raises(Refused) as refusal:
        change(**{field: window})
    assert (refusal.value.code, refusal.value.field) == ("fee_missing", f"{field}.fee")


def test_a_practice_has_one_currency() -> None:
    francs = LATE.model_copy(update={"fee": Money(amount_minor=2500, currency="CHF")})
    with pytest.raises(Refused) as refusal:
        change(cancel=LATE, reschedule_window=francs)
    assert refusal.value.code == "two_currencies"
    assert change(cancel=francs, reschedule_window=francs).version == 1


def test_setting_the_same_again_changes_nothing() -> None:
    first = change(cancel=LATE)
    assert change(first, version=0, cancel=LATE) == first


@pytest.mark.parametrize("version", [0, 2])
def test_rules_that_were_changed_since_are_not_overwritten(version: int) -> None:
    with pytest.raises(Refused) as refusal:
        change(change(cancel=LATE), version=version, joiners=5)
    assert (refusal.value.code, refusal.value.facts) == ("stale_version", {"version": 1})


def fee(what: Literal["cancel", "reschedule"], window: LateChangeRule, now: datetime) -> Money | None:
    return policy.fee_for(what, window, professional_id=PROFESSIONAL, starts_at=MONDAY, now=now)


@pytest.mark.parametrize("what", ["cancel", "reschedule"])
def test_it_is_free_up_to_the_very_end_of_the_window(what: Any) -> None:
    ends = MONDAY - timedelta(hours=48)
    assert [fee(what, LATE, now) for now in (ends - SECOND, ends, ends + SECOND)] == [None, None, EUR]


@pytest.mark.parametrize("what", ["cancel", "reschedule"])
def test_after_the_window_a_practice_may_want_a_call_or_nothing(what: Any) -> None:
    ends = MONDAY - timedelta(hours=24)
    for then, code in (("call_to_cancel", f"call_to_{what}"), ("forbid", f"{what}_forbidden")):
        window = LateChangeRule(then=then)
        assert fee(what, window, ends) is None
        with pytest.raises(Refused) as refusal:
            fee(what, window, ends + SECOND)
        assert refusal.value.code == code
        assert "24 hours" in refusal.value.detail


def test_who_shall_call_is_told_whom() -> None:
    with pytest.raises(Refused) as refusal:
        fee("cancel", LateChangeRule(), MONDAY)
    assert refusal.value.facts == {"professional_id": str(PROFESSIONAL)}


def test_a_window_of_no_hours_is_open_until_the_start() -> None:
    assert fee("cancel", LateChangeRule(hours=0), MONDAY) is None


@pytest.mark.parametrize(("due", "accepted"), [(None, None), (None, EUR), (EUR, EUR)])
def test_what_is_accepted_is_no_surprise(due: Money | None, accepted: Money | None) -> None:
    policy.refuse_surprise(due, accepted=accepted)


@pytest.mark.parametrize(
    "accepted",
    [None, Money(amount_minor=2499, currency="EUR"), Money(amount_minor=2500, currency="CHF")],
)
def test_another_amount_or_currency_is_a_surprise(accepted: Money | None) -> None:
    with pytest.raises(Refused) as refusal:
        policy.refuse_surprise(EUR, accepted=accepted)
    assert refusal.value.code == "fee_not_accepted"
    assert refusal.value.facts == {"fee": EUR.model_dump(mode="json")}


def test_fees_add_up() -> None:
    assert policy.owed(None, None) is None
    assert policy.owed(EUR, None) == policy.owed(None, EUR) == EUR
    assert policy.owed(EUR, EUR) == Money(amount_minor=5000, currency="EUR")


def test_as_many_come_along_as_the_practice_lets() -> None:
    rules = builders.policy(joiners=2).settings
    policy.refuse_joiners(rules, 2)
    with pytest.raises(Refused) as refusal:
        policy.refuse_joiners(rules, 3)
    assert (refusal.value.code, refusal.value.facts) == ("too_many_joiners", {"most": 2})
