"""Real PostgreSQL and real RabbitMQ for every test that asks for one."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
import sqlalchemy as sa

from deploy.embedded.postgres import Postgres
from run import migrate
from run.discovery import service_classes
from shared.db import Unit, new_engine
from tests import brokers, suites

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")


Found = TypeVar("Found")


class Server:
    """A PostgreSQL server on which every test gets databases of its own."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    def new(self, service: str | None = None) -> str:
        """The URL of a fresh database; with the tables of `service` if one is named."""
        name = f"test_{uuid4().hex}"
        template = f' template "{self._template(service)}"' if service else ""
        self._sql(f'create database "{name}"{template}')
        self._made.append(name)
        return self._at(name)

    def close(self) -> None:
        for name in [*self._made, *self._templates.values()]:
            self._sql(f'drop database if exists "{name}" with (force)')
        self._admin.dispose()

    def _template(self, service: str) -> str:
        if service not in self._templates:
            name = f"template_{service}_{uuid4().hex[:8]}"
            self._sql(f'create database "{name}"')
            engine = new_engine(self._at(name), pool_size=1)
            migrate.upgrade(service, engine)
            engine.dispose()
            self._templates[service] = name
        return self._templates[service]

    def _at(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _sql(self, statement: str) -> None:
        with self._admin.connect() as conn:
            conn.execute(sa.text(statement))


@contextmanager
def server() -> Iterator[Server]:
    """`HC_TEST_DATABASE_URL` if it is set, else a server of our own from the wheel."""
    if url := os.environ.get("HC_TEST_DATABASE_URL"):
        running = Server(url)
        yield running
        running.close()
        return
    home = Path(tempfile.mkdtemp(prefix="healthconnect-tests-"))
    home.chmod(0o711)
    postgres = Postgres(home, durable=False)
    postgres.start()
    yield Server(postgres.url())
    postgres.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def database() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def unit(database: Server) -> Iterator[Callable[[str], Unit]]:
    """`unit("requests")` is a fresh database with the tables of that service."""
    engines = []

    def make(service: str) -> Unit:
        engine = new_engine(database.new(service), pool_size=70)
        engines.append(engine)
        return Unit(engine, service_classes()[service].metadata)

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="session")
def broker() -> Iterator[brokers.Broker]:
    """A RabbitMQ. None to be had is a failure where `HC_REQUIRE_BROKER=1`, else one loud skip."""
    found = _or_skip(brokers.bring)
    yield found
    found.close()


@pytest.fixture(scope="module")
def own_broker() -> Iterator[brokers.ContainerBroker | brokers.ProcessBroker]:
    """A RabbitMQ that the test may stop and start."""
    found = _or_skip(brokers.bring_own)
    yield found
    found.close()


def _or_skip(bring: Callable[[], Found]) -> Found:
    try:
        return bring()
    except brokers.NoBroker as reason:
        if os.environ.get("HC_REQUIRE_BROKER") == "1":
            raise
        pytest.skip(f"NO BROKER, NOT TESTED ON RABBITMQ: {reason}")


@pytest.fixture(scope="module")
def embedded() -> Iterator[suites.Embedded]:
    """The suite as `make run` starts it, for tests that only talk to it."""
    with suites.Embedded() as suite:
        yield suite


@pytest.fixture(scope="module")
def amqp(broker: brokers.Broker, database: Server) -> Iterator[suites.Amqp]:
    """The suite as independent processes over RabbitMQ, for tests that only talk to it."""
    brokers.forget_queues(broker.uri)
    with suites.Amqp(broker.uri, database.new) as suite:
        yield suite


@pytest.fixture(params=["embedded", "amqp"])
def suite(request: pytest.FixtureRequest) -> suites.Embedded | suites.Amqp:
    """The running suite, once on each bus."""
    running: suites.Embedded | suites.Amqp = request.getfixturevalue(request.param)
    return running


def pytest_collection_finish(session: pytest.Session) -> None:
    """pytest-xdist plays one of several tests that share a name, and says nothing of the others."""
    for name, times in Counter(item.nodeid for item in session.items).items():
        if times > 1:
            raise pytest.UsageError(f"{times} tests have the name {name}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One loud line for all that could not be tested for one reason."""
    skipped = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    for reason, count in Counter(skipped).items():
        line = f"{reason.removeprefix('Skipped: ')} ({count} tests)"
        terminalreporter.write_line(line, red=True, bold=True)
