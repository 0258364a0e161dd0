"""Keeps processes of one service alive: `python -m run.supervise requests --processes 3`.

For machines without compose or Kubernetes. A process that ends is started again, after a pause that
grows while it keeps dying young. SIGTERM and SIGINT end them all, gracefully.
"""

import argparse
import signal
import subprocess
import sys
import time

import structlog

from shared import log
from shared.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
GROWN_UP = 30.0
STOP_WITHIN = 10.0
_log = structlog.get_logger()


class _Child:
    """One process, and when it may be started again."""

    def __init__(self, service: str) -> None:
        self._command = [sys.executable, "-m", "run.serve", service]
        self._pause, self._not_before = FIRST_PAUSE, 0.0
        self._started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def look_after(self) -> None:
        now = time.monotonic()
        if self.process and self.process.poll() is not None:
            _log.warning("process_ended", pid=self.process.pid, status=self.process.returncode)
            grown_up = now - self._started > GROWN_UP
            self._pause = FIRST_PAUSE if grown_up else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before, self.process = now + self._pause, None
        if self.process is None and now >= self._not_before:
            self.process, self._started = subprocess.Popen(self._command), now
            _log.info("process_started", pid=self.process.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    log.setup(Settings.from_environment().log_level, supervisor=asked.service)
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = [_Child(asked.service) for _ in range(asked.processes)]
    while not stopping:
        for child in children:
            child.look_after()
        time.sleep(0.2)
    alive = [child.process for child in children if child.process]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for process in alive:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    main()
