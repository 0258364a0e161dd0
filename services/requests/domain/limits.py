"""Limits on the visits a patient can ask for, and the wait before they ask again for a time they gave up.

A patient is *known* once a practice has accepted a request of theirs, asked on their behalf, or seen them;
until then the smaller numbers count. What a practice asks on behalf of a patient counts for nobody.

A guest's request counts like any other once it is verified. Until then anybody may have typed the address: it
counts for the next guest with that address alone, and for no account.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from services.requests.domain.interval import Interval
from services.requests.domain.request import LeftBehind, Request
from shared.contracts.requests import refusals
from shared.contracts.requests.policies import PolicySettings
from shared.contracts.requests.values import Status

DAY = timedelta(days=1)
REMEMBERED = timedelta(days=7)
"""A time given up longer ago costs no wait."""
WAITS = (timedelta(0), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""The wait after giving up the same time once, twice, and so on; the last one for any further time."""

Per = Literal["patient", "professional", "practice"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The numbers of requests that a patient may have open, in all and with one professional, and make a
    day."""

    open: int
    with_one: int
    a_day: int


@dataclass(frozen=True, kw_only=True)
class Bounds:
    known: Limits = Limits(open=20, with_one=6, a_day=30)
    fresh: Limits = Limits(open=5, with_one=3, a_day=10)
    waits: tuple[timedelta, ...] = WAITS
    unverified: int = 3
    """The most times held at once for guests with one address who have not opened their links."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An earlier request of the same patient."""

    professional_id: UUID
    practice_id: UUID
    status: Status
    starts_at: datetime
    ends_at: datetime
    submitted_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    verified: bool = True
    left_behind: Sequence[LeftBehind] = ()

    def is_open(self, now: datetime) -> bool:
        if self.status == "pending":
            return now < self.expires_at
        return self.status == "confirmed" and now < self.starts_at

    def given_up_at(self, now: datetime) -> datetime | None:
        """Return the instant at which it was cancelled or expired, with or without a timer; None if it was
        not."""
        if self.status == "pending" and self.expires_at <= now:
            return self.expires_at
        return self.ended_at if self.status in ("cancelled", "expired") else None

    def gave_up(self, visit: Interval, now: datetime) -> list[datetime]:
        """Return the moments at which the patient gave up a time that meets this one."""
        ended_at = self.given_up_at(now)
        last = [LeftBehind(starts_at=self.starts_at, ends_at=self.ends_at, at=ended_at)] if ended_at else []
        return [
            each.at
            for each in [*self.left_behind, *last]
            if each.starts_at < visit.end and each.ends_at > visit.start
        ]


@dataclass(frozen=True, kw_only=True)
class History:
    """The earlier requests of a patient that still count."""

    known: bool = False
    asked: Sequence[Asked] = ()


def refuse(
    history: History, wanted: Request, *, settings: PolicySettings, bounds: Bounds, now: datetime
) -> None:
    """Refuse one more request of a patient, or of a guest who has not verified it.

    Refuses `given_up_just_now`, `too_many_open` and `too_many_today`.
    """
    refuse_given_up(history, wanted.interval, professional_id=wanted.professional_id, bounds=bounds, now=now)
    if wanted.verified:
        refuse_too_many(history, wanted, settings=settings, bounds=bounds, now=now)
    else:
        refuse_unverified(history, bounds=bounds, now=now)


def refuse_too_many(
    history: History, wanted: Request, *, settings: PolicySettings, bounds: Bounds, now: datetime
) -> None:
    """Refuse a request over the limits of the platform or the practice.

    Refuses `too_many_open` and `too_many_today`.
    """
    limits = bounds.known if history.known else bounds.fresh
    still_open = [each for each in history.asked if each.is_open(now)]
    with_one = [each for each in still_open if each.professional_id == wanted.professional_id]
    there = [each for each in still_open if each.practice_id == wanted.practice_id]
    _refuse_open("patient", still_open, limits.open)
    _refuse_open("professional", with_one, limits.with_one)
    _refuse_open("practice", there, settings.open_per_patient)
    today = [each for each in history.asked if each.submitted_at > now - DAY]
    _refuse_today("patient", today, limits.a_day, now=now)
    there = [each for each in today if each.practice_id == wanted.practice_id]
    _refuse_today("practice", there, settings.asked_per_day, now=now)


def refuse_unverified(history: History, *, bounds: Bounds, now: datetime) -> None:
    """Refuse a guest whose unverified requests hold enough times already. Refuses `too_many_open`."""
    waiting = [each for each in history.asked if not each.verified and each.is_open(now)]
    if len(waiting) >= bounds.unverified:
        detail = (
            f"You can have at most {bounds.unverified} unconfirmed requests. "
            "Open the links we mailed you, or ask again in half an hour."
        )
        raise refusals.TooManyOpen(detail, per="patient", limit=bounds.unverified)


def refuse_given_up(
    history: History, visit: Interval, *, professional_id: UUID, bounds: Bounds, now: datetime
) -> None:
    """Refuse a time that this patient held and gave up, as others come first. Refuses `given_up_just_now`."""
    ends = [
        given_up_at
        for each in history.asked
        if each.professional_id == professional_id
        for given_up_at in each.gave_up(visit, now)
        if given_up_at > now - REMEMBERED
    ]
    if not ends:
        return
    again_at = max(ends) + bounds.waits[min(len(ends), len(bounds.waits)) - 1]
    if now < again_at:
        raise refusals.GivenUpJustNow(**_again(again_at, now=now))


_OPEN: dict[Per, str] = {
    "patient": "You can have at most {limit} open requests and upcoming visits.",
    "professional": "You can have at most {limit} open requests and upcoming visits with one professional.",
    "practice": "This practice accepts at most {limit} open requests and upcoming visits per patient.",
}
_TODAY: dict[Per, str] = {
    "patient": "You can ask for at most {limit} visits within 24 hours.",
    "practice": "You can ask this practice for at most {limit} visits within 24 hours.",
}


def _refuse_open(per: Per, found: Collection[Asked], limit: int | None) -> None:
    if limit is not None and len(found) >= limit:
        detail = f"{_OPEN[per].format(limit=limit)} Wait until one is over, cancel one, or call the practice."
        raise refusals.TooManyOpen(detail, per=per, limit=limit)


def _refuse_today(per: Per, found: Collection[Asked], limit: int | None, *, now: datetime) -> None:
    if limit is None or len(found) < limit:
        return
    newest = sorted((each.submitted_at for each in found), reverse=True)
    again_at = newest[limit - 1] + DAY
    detail = f"{_TODAY[per].format(limit=limit)} Ask again later, or call the practice."
    raise refusals.TooManyToday(detail, per=per, limit=limit, **_again(again_at, now=now))


def _again(again_at: datetime, *, now: datetime) -> dict[str, Any]:
    return {
        "again_at": again_at.isoformat(),
        "retry_after": max(1, -(-(again_at - now) // timedelta(seconds=1))),
    }
