"""Processes that are looked after without compose."""

import signal

import psutil

from tests import brokers, suites
from tests.databases import Server
from tests.faults import people


def test_a_process_that_dies_is_started_again_and_all_end_together(
    broker: brokers.Broker, database: Server
) -> None:
    suites.alone_on(broker.uri)
    suite = suites.Amqp(broker.uri, database.new)
    environment = {"HC_AMQP_URI": broker.uri, "HC_DATABASE_URL": suite.databases["notify"]}
    suite.start("supervisor", "run.supervise", "notify", "--processes", "2", **environment)
    try:
        supervisor = psutil.Process(suite.processes["supervisor"].pid)
        people.eventually(lambda: suite.log("supervisor").count('"serving"') == 2)
        victim, other = supervisor.children()
        victim.kill()
        people.eventually(lambda: suite.log("supervisor").count('"serving"') == 3)
        children = supervisor.children()
        assert other in children
        assert victim not in children
        assert len(children) == 2

        suite.kill("supervisor", signal.SIGTERM)
        assert not [child for child in children if child.is_running()]
        assert suite.log("supervisor").count('"stopped"') == 2
    finally:
        suite.__exit__(None, None, None)
