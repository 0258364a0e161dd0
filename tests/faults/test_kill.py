"""kill -9, at the worst moments: nothing is lost, and nothing happens twice."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa

from shared.bus import relay
from tests import brokers, suites
from tests.databases import Server
from tests.faults import people
from tests.patience import patience


@pytest.fixture(params=["embedded", "amqp"])
def suite(request: pytest.FixtureRequest, database: Server) -> Iterator[suites.Suite]:
    """A suite of the test's own."""
    if request.param == "embedded":
        with suites.Embedded() as embedded:
            yield embedded
    else:
        broker: brokers.Broker = request.getfixturevalue("broker")
        suites.alone_on(broker.uri)
        with suites.Amqp(broker.uri, database.new) as amqp:
            yield amqp


KILLS = 8
"""Under traffic, at most."""
_HOLDER = """
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and objid = :lock
    and database = (select oid from pg_database where datname = current_database())
"""
_DAWDLE = """
    create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(2); return old; end $$;
    create trigger dawdle before delete on outbox for each row execute function dawdle()
"""


@contextmanager
def relay_held(url: str) -> Iterator[sa.Connection]:
    """Nobody can publish what requests commits: the lock of its relay is ours."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(sa.text(_HOLDER), {"lock": relay.LOCK})
        conn.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": relay.LOCK})
        yield conn
    engine.dispose()


def test_killed_between_commit_and_publish(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        body = practice.body(practice.slots(people.SOON)[0])
        with relay_held(suite.database_urls()["requests"]) as conn:
            request = patient.post("/v1/requests", body, expect=201)
            assert conn.execute(sa.text("select count(*) from outbox")).scalar_one() == 1
            suite.kill(writer_of_requests(suite))
        suite.boot(writer_of_requests(suite))
        suite.wait_until_ready()
        assert_told_once(patient, practice, request)


def test_killed_between_publish_and_forgetting(suite: suites.Suite) -> None:
    with people.client(suite.url) as http:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        body = practice.body(practice.slots(people.SOON)[0])
        engine = sa.create_engine(suite.database_urls()["requests"], isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(sa.text(_DAWDLE))
            request = patient.post("/v1/requests", body, expect=201)
            people.eventually(lambda: len(people.told(patient)) == 1)
            suite.kill(writer_of_requests(suite))
            left = conn.execute(sa.text("select count(*) from outbox")).scalar_one()
            conn.execute(sa.text("drop trigger dawdle on outbox"))
        engine.dispose()
        assert left == 1, "it was not killed at the moment meant"
        suite.boot(writer_of_requests(suite))
        suite.wait_until_ready()
        assert_told_once(patient, practice, request)


def test_killed_again_and_again_under_traffic(suite: suites.Suite) -> None:
    chance = random.Random(20261122)
    with people.client(suite.url) as http, ThreadPoolExecutor(9) as pool:
        practice = people.Practice(http)
        patients = [people.signed_in(http, "patient") for _ in range(4)]
        slots = practice.slots(people.SOON)[:48]
        done, restarting = threading.Event(), threading.Event()

        def ask(number: int) -> httpx.Response:
            patient = patients[number % len(patients)]
            body, key = practice.body(slots[number]), f"request-number-{number}"
            time.sleep(number * 0.05)
            return people.insist(
                lambda: people.submit(http, patient, body, key), within=60, disturbed=restarting.is_set
            )

        def kill() -> None:
            for _ in range(KILLS):
                if done.wait(chance.uniform(0.2, 1.5)):
                    return
                name = chance.choice(sorted(suite.processes))
                restarting.set()
                suite.kill(name)
                suite.boot(name)
                suite.wait_until_ready()
                restarting.clear()

        killing = pool.submit(kill)
        try:
            answers = list(pool.map(ask, range(len(slots))))
        finally:
            done.set()
        killing.result()

        assert {answer.status_code for answer in answers} == {201}
        wanted = sorted((answer.json()["request_id"], "request_submitted") for answer in answers)
        people.eventually(lambda: len(people.told(practice.professional)) >= len(wanted), within=30)
        time.sleep(2)  # a second delivery would come now
        assert sorted(people.told(practice.professional)) == wanted
        assert sorted(item for patient in patients for item in people.told(patient)) == wanted


def test_a_gateway_that_never_heard_the_keys_keeps_nobody_waiting(
    broker: brokers.Broker, database: Server
) -> None:
    """accounts is away, and many come at once: nobody queues behind the others' waiting."""
    suites.alone_on(broker.uri)
    with (
        suites.Amqp(broker.uri, database.new) as suite,
        people.client(suite.url) as http,
        ThreadPoolExecutor(8) as pool,
    ):
        patient = people.signed_in(http, "patient")
        suite.kill("accounts")
        suite.kill("gateway")
        suite.boot("gateway")
        people.insist(lambda: http.get("/health/live"), within=30)
        answers = list(pool.map(lambda _: http.get("/v1/me", headers=patient.headers), range(8)))
        assert {answer.status_code for answer in answers} == {503}
        assert max(answer.elapsed.total_seconds() for answer in answers) <= patience(5)
        suite.boot("accounts")
        assert (
            people.insist(lambda: http.get("/v1/me", headers=patient.headers), within=30).status_code == 200
        )


def test_the_embedded_suite_ends_within_5_seconds_and_keeps_its_data() -> None:
    with suites.Embedded() as suite, people.client(suite.url) as http:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        request = patient.post("/v1/requests", practice.body(practice.slots(people.SOON)[0]), expect=201)
        for number in (signal.SIGTERM, signal.SIGINT):
            process = suite.processes["embedded"]
            began = time.monotonic()
            suite.kill("embedded", number)
            assert time.monotonic() - began < patience(5)
            assert process.returncode == 0
            suite.boot()
            suite.wait_until_ready()
        patient.sign_in()
        assert patient.get(f"/v1/requests/{request['request_id']}")["status"] == "pending"


def writer_of_requests(suite: suites.Suite) -> str:
    return "requests" if isinstance(suite, suites.Amqp) else "embedded"


def assert_told_once(patient: people.Person, practice: people.Practice, request: dict[str, str]) -> None:
    item = (request["request_id"], "request_submitted")
    people.eventually(lambda: people.told(patient) == [item])
    people.eventually(lambda: people.told(practice.professional) == [item])
    time.sleep(1)  # a second delivery would come now
    assert people.told(patient) == [item]
    assert people.told(practice.professional) == [item]
