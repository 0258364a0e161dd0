"""Without a broker, what needs one says so loudly, and fails where it must not be missing."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.embedded.postgres import free_port
from tests import brokers

TESTS = "tests/bus/test_on_rabbitmq.py"


def run_tests(**environment: str) -> subprocess.CompletedProcess[str]:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    command = [sys.executable, "-m", "pytest", "-q", TESTS, "-k", "unknown_command or sigterm"]
    settings = os.environ | {"HC_TEST_AMQP_URI": nowhere} | environment
    settings.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run(command, env=settings, capture_output=True, text=True)


def test_they_skip_with_one_loud_line() -> None:
    done = run_tests(HC_REQUIRE_BROKER="")
    assert done.returncode == 0
    assert "2 skipped" in done.stdout
    assert done.stdout.count("NO BROKER") == 1


def test_they_fail_where_a_broker_is_required() -> None:
    done = run_tests(HC_REQUIRE_BROKER="1")
    assert done.returncode == 1
    assert "2 errors" in done.stdout


@pytest.fixture(scope="module")
def private() -> Iterator[brokers.ProcessBroker]:
    broker = brokers.ProcessBroker()
    yield broker
    broker.close()


@pytest.mark.skipif(not brokers.can_have_a_process(), reason="no rabbitmq-server, and none can be installed")
def test_a_private_process_serves_stops_and_starts_again(private: brokers.ProcessBroker) -> None:
    brokers.forget_queues(private.uri)
    private.stop()
    with pytest.raises(brokers.NoBroker):
        brokers.wait_until_it_answers(private.uri, within=0.5)
    private.start()
    brokers.wait_until_it_answers(private.uri, within=0.5)
