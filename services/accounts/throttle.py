"""Limits on attempts, counted in a table that all processes share; rates are in the notation of `limits`.

`count` limits actions that cost something each time. `attempt` limits guesses: it counts before the secret
is compared, so that many guesses at once do not slip through, and takes the count back unless the secret is
wrong. A refused attempt counts nothing, so a full window ends at the time that callers were told.
"""

import ipaddress
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import limits
import sqlalchemy as sa
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour
from sqlalchemy.dialects.postgresql import insert

from services.accounts.domain.limits import MAILS_PER_HOUR, ORIGIN_SHARE, PER_DAY, PER_HOUR, WIDE_SHARE
from services.accounts.store.tables import throttle
from services.accounts.vault import Vault
from shared.contracts.accounts import refusals
from shared.db import Unit

FAILURES = (refusals.WrongCredentials, refusals.WrongPassword, refusals.WrongCode, refusals.BadPasskey)
"""The refusals of a wrong secret: these count as failures."""
_OPEN = "open"
_OPEN_FOR = timedelta(seconds=10)
_LOOK_AGAIN, _LOOKS = 0.1, 8  # seconds, and how often


class TooMany(refusals.TooManyAttempts):
    """`subject` has a full window; `slow` is True if that is a longer one than the first."""

    def __init__(self, subject: "Subject", *, slow: bool, wait: int) -> None:
        super().__init__(f"That was too often. Try again in {wait} seconds.", retry_after=wait)
        self.subject, self.slow = subject, slow


@dataclass(frozen=True)
class Subject:
    """An account, a device or a network whose failures are counted; `name` is stored only as a keyed hash."""

    name: str
    windows: tuple[RateLimitItem, ...]


@dataclass(frozen=True)
class _Place:
    """The count in one window, and the time at which the window ends."""

    key: str
    subject: Subject
    window: RateLimitItem
    hits: int
    expires_at: datetime


def account_subject(name: str, rate: str) -> Subject:
    """Return the subject of an account or of a device of one: windows of a minute, an hour and a day."""
    return Subject(name, _growing(rate))


def origin_subjects(name: str, rate: str) -> list[Subject]:
    """Return the subjects of a network address that many people may share; for IPv6 also its /48."""
    return _networks(name, _growing(rate, ORIGIN_SHARE))


def failures_per_hour(rate: str) -> int:
    """Return how many failures of an account its second window allows."""
    return _growing(rate)[1].amount


class Throttle:
    """The throttle counts in transactions of its own, so that an attempt that is rolled back counts too."""

    def __init__(self, unit: Unit, vault: Vault) -> None:
        self._unit, self._vault = unit, vault

    def count(self, what: str, rate: str, *whose: str, share: int = 1) -> None:
        """Count one for each of `whose`: mail or network addresses.

        The limit is `share` times `rate`. Refuses `too_many_attempts`.
        """
        for subject in _shared(rate, whose, share):
            self._refuse_full(self._take(what, [subject]))

    def mail(self, kind: str, email: str, rate: str) -> bool:
        """Count a mail of this kind to an address. Return False if it is one too many."""
        first = limits.parse(rate)
        an_hour = RateLimitItemPerHour(first.amount * MAILS_PER_HOUR)
        taken = self._take(f"mail {kind}", [Subject(email, (first, an_hour))])
        full = any(each.hits > each.window.amount for each in taken)
        if full:
            self._settle(taken)
        return not full

    def check(self, what: str, rate: str, *whose: str, share: int = 1) -> None:
        """Refuse `too_many_attempts` as `count` would, and count nothing."""
        for subject in _shared(rate, whose, share):
            taken = self._take(what, [subject])
            self._settle(taken)
            self._refuse_full(taken)

    def give_back(self, what: str, rate: str, *whose: str, share: int = 1) -> None:
        """Count one less for each of `whose`."""
        subjects = _shared(rate, whose, share)
        keys = [self._key(what, each, window) for each in subjects for window in each.windows]
        fewer = sa.update(throttle).where(throttle.c.key.in_(keys)).values(hits=throttle.c.hits - 1)
        with self._unit() as work:
            work.conn.execute(fewer.where(throttle.c.hits > 0))

    @contextmanager
    def attempt(self, what: str, *subjects: Subject) -> Iterator[None]:
        """Count a failure of the block for each subject. Refuses `too_many_attempts` before it begins."""
        taken, under_way = self._admit(what, subjects), self._under_way(what, subjects[0])
        settled = [*under_way, *taken]
        try:
            yield
        except FAILURES:
            settled = under_way
            raise
        finally:
            self._settle(settled)

    def clear(self, *subjects: Subject) -> None:
        """Forget all failures of these subjects."""
        names = {self._vault.keyed_hash(each.name) for each in subjects}
        of_them = sa.func.split_part(throttle.c.key, "/", 3).in_(names)
        with self._unit() as work:
            work.conn.execute(sa.delete(throttle).where(of_them))

    def forget_old(self) -> None:
        """Delete the windows that are over."""
        with self._unit() as work:
            work.conn.execute(sa.delete(throttle).where(throttle.c.expires_at <= sa.func.now()))

    def _admit(self, what: str, subjects: Sequence[Subject]) -> list[_Place]:
        """Count in each window. If attempts under way fill one, wait a moment: they may turn out right."""
        for _ in range(_LOOKS):
            taken = self._take(what, subjects)
            full = [each for each in taken if each.hits > each.window.amount]
            if not full:
                return taken
            self._settle(taken)
            if not all(each.hits - self._open(what, each.subject) <= each.window.amount for each in full):
                break
            time.sleep(_LOOK_AGAIN)
        self._refuse_full(taken)
        return taken

    def _refuse_full(self, taken: list[_Place]) -> None:
        full = [each for each in taken if each.hits > each.window.amount]
        if full:
            last = max(full, key=lambda each: each.expires_at)
            wait = max(1, round(last.expires_at.timestamp() - time.time()))
            slow = last.window != last.subject.windows[0]
            raise TooMany(last.subject, slow=slow, wait=wait)

    def _take(self, what: str, subjects: Sequence[Subject]) -> list[_Place]:
        places = {self._key(what, one, window): (one, window) for one in subjects for window in one.windows}
        counted = self._count({key: timedelta(seconds=places[key][1].get_expiry()) for key in places})
        return [_Place(key, *places[key], *counted[key]) for key in places]

    def _under_way(self, what: str, subject: Subject) -> list[_Place]:
        key = self._key(what, subject, None)
        [(hits, expires_at)] = self._count({key: _OPEN_FOR}).values()
        return [_Place(key, subject, subject.windows[0], hits, expires_at)]

    def _open(self, what: str, subject: Subject) -> int:
        query = sa.select(throttle.c.hits).where(throttle.c.key == self._key(what, subject, None))
        with self._unit() as work:
            found = work.conn.execute(query.where(throttle.c.expires_at > sa.func.now()))
            return int(found.scalar_one_or_none() or 0)

    def _count(self, windows: dict[str, timedelta]) -> dict[str, tuple[int, datetime]]:
        """Add one to each key; return the count of its window and the time at which that ends."""
        # in a fixed order: two transactions that count the same keys cannot deadlock
        rows = [
            {"key": key, "hits": 1, "expires_at": sa.func.now() + windows[key]} for key in sorted(windows)
        ]
        fresh = insert(throttle).values(rows)
        over = throttle.c.expires_at <= sa.func.now()
        counted = fresh.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "hits": sa.case((over, 1), else_=throttle.c.hits + 1),
                "expires_at": sa.case((over, fresh.excluded.expires_at), else_=throttle.c.expires_at),
            },
        ).returning(throttle.c.key, throttle.c.hits, throttle.c.expires_at)
        with self._unit() as work:
            return {row.key: (row.hits, row.expires_at) for row in work.conn.execute(counted)}

    def _settle(self, taken: list[_Place]) -> None:
        """Take the counts back, unless their window has ended meanwhile."""
        mine = [(each.key, each.expires_at) for each in taken]
        here = sa.tuple_(throttle.c.key, throttle.c.expires_at).in_(mine)
        locked = sa.select(throttle.c.key).where(here).order_by(throttle.c.key).with_for_update()
        fewer = sa.update(throttle).where(throttle.c.key.in_(locked.scalar_subquery()), throttle.c.hits > 0)
        with self._unit() as work:
            work.conn.execute(fewer.values(hits=throttle.c.hits - 1))

    def _key(self, what: str, subject: Subject, window: RateLimitItem | None) -> str:
        name = self._vault.keyed_hash(subject.name)
        return window.key_for(what, name) if window else f"LIMITER/{what}/{name}/{_OPEN}"


def _shared(rate: str, names: Iterable[str], share: int) -> list[Subject]:
    """Return subjects with one window, of `share` times `rate`; for an IPv6 address also its /48."""
    window = _times(limits.parse(rate), share)
    return [subject for name in names for subject in _networks(name, (window,))]


def _growing(rate: str, share: int = 1) -> tuple[RateLimitItem, ...]:
    first = _times(limits.parse(rate), share)
    return (first, RateLimitItemPerHour(first.amount * PER_HOUR), RateLimitItemPerDay(first.amount * PER_DAY))


def _networks(name: str, windows: tuple[RateLimitItem, ...]) -> list[Subject]:
    narrow = Subject(name, windows)
    try:
        network = ipaddress.ip_network(name)
    except ValueError:
        return [narrow]
    if network.version == 4 or network.prefixlen <= 48:
        return [narrow]
    wide = network.supernet(new_prefix=48)
    return [narrow, Subject(str(wide), tuple(_times(each, WIDE_SHARE) for each in windows))]


def _times(window: RateLimitItem, share: int) -> RateLimitItem:
    return type(window)(window.amount * share, window.multiples)
