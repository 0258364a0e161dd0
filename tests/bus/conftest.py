"""The toy services as a process on either bus."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from run import dead
from shared import revisions
from shared.bus.local import metadata as local_metadata
from shared.db import Unit, new_engine
from tests import suites
from tests.bus import toys
from tests.databases import Server


class Toys:
    """The process of the toy services, and their databases."""

    def __init__(self, kind: str, urls: dict[str, str], folder: Path, amqp_uri: str) -> None:
        self.kind, self._folder = kind, folder
        self.amqp_uri = amqp_uri
        self._environment = os.environ | urls | {"HC_AMQP_URI": amqp_uri}
        self.teller = Unit(new_engine(urls["TELLER_URL"], pool_size=2), toys.told)
        self.hearer = Unit(new_engine(urls["HEARER_URL"], pool_size=2), toys.heard)
        self._bus = sa.create_engine(urls["BUS_URL"])
        local_metadata.create_all(self._bus)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def graveyard(self) -> dead.Graveyard:
        return dead.AmqpGraveyard(self.amqp_uri) if self.kind == "amqp" else dead.LocalGraveyard(self._bus)

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.bus.toy_process", self.kind]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(20)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def tell(self, *events: toys.RequestSubmitted) -> None:
        """Commit `events` to the teller's outbox."""
        with self.teller() as work:
            work.publish(*events)

    def close(self) -> None:
        if self.is_alive():
            self.end(signal.SIGKILL)
        for unit in (self.teller, self.hearer):
            unit.engine.dispose()
        self._bus.dispose()


def made(kind: str, urls: dict[str, str], folder: Path, amqp_uri: str) -> Toys:
    """The toys with their tables."""
    for url, metadata in ((urls["TELLER_URL"], toys.told), (urls["HEARER_URL"], toys.heard)):
        engine = new_engine(url, pool_size=1)
        metadata.create_all(engine)
        if metadata is toys.told:
            with engine.begin() as conn:
                conn.execute(sa.text(revisions.NOTIFY_FUNCTION))
                conn.execute(sa.text(revisions.NOTIFY_TRIGGER))
        engine.dispose()
    return Toys(kind, urls, folder, amqp_uri)


@pytest.fixture
def toy_bus(
    bus_kind: str, database: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Toys]:
    """The toys on the bus that the parameter `bus_kind` names, not started yet."""
    amqp_uri = request.getfixturevalue("broker").uri if bus_kind == "amqp" else ""
    if amqp_uri:
        suites.alone_on(amqp_uri)
    urls = {name: database.new() for name in ("TELLER_URL", "HEARER_URL", "BUS_URL")}
    running = made(bus_kind, urls, tmp_path, amqp_uri)
    yield running
    running.close()
