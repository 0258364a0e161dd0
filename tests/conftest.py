"""Real PostgreSQL and real RabbitMQ for every test that asks for one."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeVar

import pytest

from run.discovery import service_class
from shared.db import Unit
from tests import brokers, databases, suites

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")


Found = TypeVar("Found")


@pytest.fixture(scope="session")
def database() -> Iterator[databases.Server]:
    with databases.server() as running:
        yield running


@pytest.fixture
def unit(database: databases.Server) -> Iterator[Callable[[str], Unit]]:
    """`unit("requests")` is an empty database with the tables of that service."""
    with ExitStack() as lent:

        def make(service: str) -> Unit:
            engine = lent.enter_context(database.lent(service))
            return Unit(engine, service_class(service).metadata)

        yield make


@pytest.fixture(scope="session")
def broker() -> Iterator[brokers.Broker]:
    """A RabbitMQ. None to be had is a failure where `HC_REQUIRE_BROKER=1`, else one loud skip."""
    found = _or_skip(brokers.bring)
    yield found
    suites.end_shared(found.uri)
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


@pytest.fixture(scope="session")
def embedded() -> Iterator[suites.Embedded]:
    """The suite as `make run` starts it, for tests that only talk to it."""
    with suites.Embedded() as suite:
        yield suite


@pytest.fixture(scope="module")
def amqp(broker: brokers.Broker, database: databases.Server) -> suites.Amqp:
    """The suite as independent processes over RabbitMQ, for tests that only talk to it."""
    return suites.shared_on(broker.uri, database.new)


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
