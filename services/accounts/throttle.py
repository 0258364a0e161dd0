"""Limits on attempts, counted by the package `limits` in a table that all processes share."""

import time
from datetime import UTC, datetime, timedelta

import limits
import sqlalchemy as sa
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from services.accounts.store.tables import throttle
from services.accounts.vault import Vault
from shared.db import Unit
from shared.errors import Refused


class Throttle:
    """Counts what is attempted in transactions of its own, so a refused attempt counts too."""

    def __init__(self, unit: Unit, vault: Vault) -> None:
        self._counters, self._vault = _Counters(unit), vault
        self._limiter = FixedWindowRateLimiter(self._counters)

    def count(self, what: str, rate: str, *whose: str) -> None:
        """Count an attempt for each of `whose` (an address of mail or network; neither is kept).

        `rate` is in the notation of `limits`, such as `5/minute`. Refuses `too_many_attempts`.
        """
        limit = limits.parse(rate)
        for each in whose:
            key = self._vault.blind(each)
            if not self._limiter.hit(limit, what, key):
                resets_at = self._limiter.get_window_stats(limit, what, key).reset_time
                wait = max(1, round(resets_at - time.time()))
                detail = f"That was too often. Try again in {wait} seconds."
                raise Refused("too_many_attempts", detail, retry_after=wait)

    def forget_old(self) -> None:
        """Windows that are over."""
        self._counters.forget_old()


class _Counters(Storage):
    """A storage of `limits` in PostgreSQL."""

    STORAGE_SCHEME = None

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and answer how many there are in the window, which ends `expiry` seconds after its first."""
        fresh = insert(throttle).values(
            key=key, hits=amount, expires_at=sa.func.now() + timedelta(seconds=expiry)
        )
        over = throttle.c.expires_at <= sa.func.now()
        counted = fresh.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "hits": sa.case((over, fresh.excluded.hits), else_=throttle.c.hits + amount),
                "expires_at": sa.case((over, fresh.excluded.expires_at), else_=throttle.c.expires_at),
            },
        ).returning(throttle.c.hits)
        with self._unit() as work:
            return int(work.conn.execute(counted).scalar_one())

    def get(self, key: str) -> int:
        query = sa.select(throttle.c.hits).where(throttle.c.key == key, throttle.c.expires_at > sa.func.now())
        with self._unit() as work:
            return int(work.conn.execute(query).scalar_one_or_none() or 0)

    def get_expiry(self, key: str) -> float:
        """In seconds since the epoch."""
        query = sa.select(throttle.c.expires_at).where(throttle.c.key == key)
        with self._unit() as work:
            found = work.conn.execute(query).scalar_one_or_none() or datetime.now(UTC)
        return float(found.timestamp())

    def check(self) -> bool:
        with self._unit() as work:
            work.conn.execute(sa.select(throttle.c.key).limit(1))
        return True

    def reset(self) -> int | None:
        with self._unit() as work:
            return work.conn.execute(sa.delete(throttle)).rowcount

    def clear(self, key: str) -> None:
        with self._unit() as work:
            work.conn.execute(sa.delete(throttle).where(throttle.c.key == key))

    def forget_old(self) -> None:
        """Windows that are over."""
        with self._unit() as work:
            work.conn.execute(sa.delete(throttle).where(throttle.c.expires_at <= sa.func.now()))
