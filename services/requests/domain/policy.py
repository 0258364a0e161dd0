"""The policy of a practice, and the terms it promises when it confirms a request.

Terms are a copy: a later change of the policy never changes what was promised. All fees of one practice have
one currency.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.requests.domain.versions import settled
from shared.contracts.base import Money
from shared.contracts.requests import refusals
from shared.contracts.requests.policies import AppointmentTerms, LateChangeRule, PolicySettings, SetPolicy

AS_USUAL = PolicySettings()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Settings with their version; version 0 has the defaults."""

    practice_id: UUID
    version: int = 0
    settings: PolicySettings = AS_USUAL

    def terms(self, price: Money | None) -> AppointmentTerms:
        """Return the terms of a request that is confirmed now at this price."""
        return AppointmentTerms(policy_version=self.version, price=price, **dict(self.settings))


def change(policy: Policy, command: SetPolicy) -> Policy:
    """Return the policy after the command; repeating it changes nothing.

    Refuses `fee_missing`, `two_currencies` and `stale_version`.
    """
    for field in ("cancel", "reschedule_window"):
        window: LateChangeRule = getattr(command.settings, field)
        if (window.then == "fee") != (window.fee is not None):
            raise refusals.FeeMissing(field=f"{field}.fee")
    fees = [each.fee for each in (command.settings.cancel, command.settings.reschedule_window) if each.fee]
    if len({fee.currency for fee in fees}) > 1:
        raise refusals.TwoCurrencies()
    after = Policy(practice_id=policy.practice_id, version=command.version + 1, settings=command.settings)
    return settled(policy, after, seen=command.version, what="policy")


MOST_HOURS = 8760
"""The hours of a year; a window this long makes every cancellation late."""


def is_late(window: LateChangeRule, *, starts_at: datetime, now: datetime) -> bool:
    """Return whether the free part of the window is over."""
    return now > starts_at - timedelta(hours=window.hours)


def closed(window: LateChangeRule) -> LateChangeRule:
    """Return the window without its free part."""
    return window.model_copy(update={"hours": MOST_HOURS})


def fee_for(
    what: Literal["cancel", "reschedule"],
    window: LateChangeRule,
    *,
    professional_id: UUID,
    starts_at: datetime,
    now: datetime,
) -> Money | None:
    """Return the fee for cancelling or moving a confirmed request now; None: it is free.

    After the free part of the window it refuses, as the practice has set, `call_to_cancel`,
    `call_to_reschedule`, `cancel_forbidden` or `reschedule_forbidden`.
    """
    if not is_late(window, starts_at=starts_at, now=now):
        return None
    if window.then == "forbid":
        detail = f"It's less than {window.hours} hours before the visit. The practice allows no changes now."
        raise (refusals.CancelForbidden if what == "cancel" else refusals.RescheduleForbidden)(detail)
    if window.then == "call_to_cancel":
        detail = f"It's less than {window.hours} hours before the visit. Please call the practice."
        to_do = refusals.CallToCancel if what == "cancel" else refusals.CallToReschedule
        raise to_do(detail, professional_id=str(professional_id))
    return window.fee


def refuse_surprise(fee: Money | None, *, accepted: Money | None) -> None:
    """Refuse a fee that the patient has not accepted. Refuses `fee_not_accepted`."""
    if fee not in (None, accepted):
        raise refusals.FeeNotAccepted(fee=fee.model_dump(mode="json"))


def added(before: Money | None, after: Money | None) -> Money | None:
    """Return the part of `after` that was not owed before."""
    if before is None or after is None:
        return after
    more = after.amount_minor - before.amount_minor
    return Money(amount_minor=more, currency=after.currency) if more else None


def owed(before: Money | None, fee: Money | None) -> Money | None:
    """Return the sum owed for one request; all its fees have one currency, see `change`."""
    if before is None or fee is None:
        return before or fee
    return Money(amount_minor=before.amount_minor + fee.amount_minor, currency=fee.currency)


def refuse_joiners(settings: PolicySettings, joiners: int) -> None:
    """Refuse more companions than the practice admits. Refuses `too_many_joiners`."""
    if joiners > settings.joiners:
        detail = f"At most {settings.joiners} companions can come."
        raise refusals.TooManyJoiners(detail, most=settings.joiners)
