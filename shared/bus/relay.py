"""Empties a service's outbox: woken by NOTIFY at each commit, and once a second in any case."""

import select
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import structlog

from shared import log
from shared.db import Unit, Waiting

FALLBACK_POLL = 1.0
_log = structlog.get_logger()


class Relay:
    """Publishes what `unit` promised, oldest first, one relay at a time for each database."""

    def __init__(self, unit: Unit, publish: Callable[[Sequence[Waiting]], Collection[int]]) -> None:
        self._unit, self._publish, self._stopping = unit, publish, False

    def run(self) -> None:
        """Work until `stop`; a database or broker that goes away is waited for."""
        while not self._stopping:
            try:
                with self._unit.listening() as notices:
                    if notices is None:
                        time.sleep(FALLBACK_POLL)
                        continue
                    self._follow(notices)
            except Exception as error:
                _log.warning("relay_interrupted", error=log.where(error))
                time.sleep(FALLBACK_POLL)

    def stop(self) -> None:
        """Ask `run` to end; it does within a second."""
        self._stopping = True

    def _follow(self, notices: Any) -> None:
        while not self._stopping:
            if self._unit.drain(self._publish):
                continue
            select.select([notices], [], [], FALLBACK_POLL)
            notices.poll()
            notices.notifies.clear()
