"""Puts PostgreSQL, the services, the local bus and the gateway together in one process."""

import fcntl
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

from deploy.embedded.postgres import Postgres
from gateway.app import create_app
from run import migrate
from run.discovery import service_classes
from shared.bus.local import LocalBus
from shared.db import OWN_CONNECTIONS, Unit, new_engine
from shared.settings import Settings

WORKERS = 8
"""Commands handled at once, and connections of each service to its database."""


class AlreadyRunning(Exception):
    """Another suite uses this home."""


class Suite:
    """The embedded suite as a context manager; `app` is the API, `bus` its way to the services.

    The home must be there.
    """

    app: FastAPI
    bus: LocalBus

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hash_one_by_one = _OneByOne()
        self.database_ended = False
        """True if PostgreSQL ended under the suite, which then asks this process to end (SIGTERM)."""

    def __enter__(self) -> "Suite":
        home = self._settings.home.absolute()
        self._lock = _locked(home / "lock")
        self._postgres = Postgres(home)
        try:
            self._postgres.start()
            threading.Thread(target=self._watch_database, daemon=True).start()
            self._put_together(home)
        except BaseException:
            self._postgres.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.bus.stop()
        self._postgres.stop()
        (self._settings.home / "bus.url").unlink()
        os.close(self._lock)

    def _watch_database(self) -> None:
        self.database_ended = self._postgres.wait()
        if self.database_ended:
            os.kill(os.getpid(), signal.SIGTERM)

    def _put_together(self, home: Path) -> None:
        classes = service_classes()
        self._postgres.create_databases("bus", *classes)
        services = []
        for name, service in classes.items():
            engine = new_engine(self._postgres.url(name), pool_size=WORKERS + OWN_CONNECTIONS)
            migrate.upgrade(name, engine)
            unit = Unit(engine, service.metadata)
            services.append(service(unit, self._settings, in_real_thread=self._hash_one_by_one))
        url_file = home / "bus.url"
        url_file.touch(mode=0o600)
        url_file.write_text(self._postgres.url("bus"))
        self.bus = LocalBus(
            services,
            sa.create_engine(self._postgres.url("bus"), pool_size=len(services) * 2),
            workers=WORKERS,
            answer_within=self._settings.answer_within,
        )
        self.bus.start()
        self.app = create_app(self.bus, https=self._settings.public_url.startswith("https:"))


class _OneByOne:
    """CPU-bound work in a thread of its own: hashing takes 19 MB each time, and keeps them."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def __call__(self, work: Callable[..., Any], *args: Any) -> Any:
        return self._thread.submit(work, *args).result()


def _locked(path: Path) -> int:
    """The lock lives and dies with this process, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(path.parent) from None
    return descriptor
