"""Empties a service's outbox: woken by NOTIFY at each commit, and once a second in any case."""

import select
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import structlog

from shared import log
from shared.db import OUTBOX_CHANNEL, Unit, Waiting

FALLBACK_POLL = 1.0  # seconds
LOCK = 0x4845414C
"""The advisory lock of the relay of an outbox: one relay at a time keeps events in order."""

_log = structlog.get_logger()


class Relay:
    """Publishes what `unit` promised, oldest first, one relay at a time for each database."""

    def __init__(self, unit: Unit, publish: Callable[[Sequence[Waiting]], Collection[int]]) -> None:
        """`publish` answers with the positions that it is sure of."""
        self._unit, self._publish, self._stopping = unit, publish, False

    def run(self) -> None:
        """Work until `stop`; a database or broker that goes away is waited for."""
        while not self._stopping:
            try:
                with self._unit.apart() as raw:
                    self._wait_for_its_turn(raw)
                    self._follow(raw)
            except Exception as error:
                _log.warning("relay_interrupted", error=log.where(error))
                time.sleep(FALLBACK_POLL)

    def stop(self) -> None:
        """Ask `run` to end; it does within a second."""
        self._stopping = True

    def _wait_for_its_turn(self, raw: Any) -> None:
        with raw.cursor() as cursor:
            while not self._stopping:
                cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
                if cursor.fetchone()[0]:
                    cursor.execute(f"listen {OUTBOX_CHANNEL}")
                    return
                time.sleep(FALLBACK_POLL)

    def _follow(self, raw: Any) -> None:
        while not self._stopping:
            if self._unit.drain(self._publish):
                continue
            select.select([raw], [], [], FALLBACK_POLL)
            raw.poll()
            raw.notifies.clear()
