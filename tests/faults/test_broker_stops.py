"""RabbitMQ goes away under traffic, and comes back."""

import threading
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests import brokers, suites
from tests.conftest import Server
from tests.faults import people

AWAY = 15.0
ANSWER_WITHIN = 5.0
RECOVER_WITHIN = 10.0


@dataclass(frozen=True)
class Seen:
    """One answer, and when its request came and was answered (monotonic seconds)."""

    came: float
    answered: float
    status: int
    retry_after: str | None


def test_requests_are_put_off_while_the_broker_is_away_and_no_event_is_lost(
    own_broker: brokers.ContainerBroker | brokers.ProcessBroker, database: Server
) -> None:
    with suites.Amqp(own_broker.uri, database.new) as suite, people.client(suite.url) as http:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        slots = iter(practice.slots(people.tomorrow()))
        seen: list[Seen] = []
        made: list[str] = []
        done = threading.Event()
        taking = threading.Lock()

        def traffic() -> None:
            while not done.wait(0.05):
                with taking:
                    body, key = practice.body(next(slots)), str(uuid4())
                while not done.is_set():
                    came = time.monotonic()
                    answer = people.submit(http, patient, body, key)
                    retry_after = answer.headers.get("Retry-After")
                    seen.append(Seen(came, time.monotonic(), answer.status_code, retry_after))
                    if answer.status_code == 201:
                        made.append(answer.json()["request_id"])
                        break
                    time.sleep(0.1)

        threads = [threading.Thread(target=traffic) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        left = time.monotonic()
        own_broker.stop()
        gone = time.monotonic()
        time.sleep(max(0.0, AWAY - (gone - left)))
        returning = time.monotonic()
        own_broker.start()
        brokers.wait_until_it_answers(own_broker.uri)
        back = time.monotonic()
        time.sleep(RECOVER_WITHIN + 3)
        done.set()
        for thread in threads:
            thread.join()

        assert {each.status for each in seen} == {201, 503}
        assert all(each.retry_after for each in seen if each.status == 503)
        assert max(each.answered - each.came for each in seen) <= ANSWER_WITHIN
        while_away = [each for each in seen if each.came > gone and each.answered < returning]
        assert while_away
        assert {each.status for each in while_away} == {503}
        after = [each for each in seen if each.came > back + RECOVER_WITHIN]
        assert after
        assert {each.status for each in after} == {201}

        wanted = sorted((request_id, "request_submitted") for request_id in made)
        people.eventually(lambda: sorted(people.told(patient)) == wanted, within=20)
        people.eventually(lambda: sorted(people.told(practice.professional)) == wanted, within=20)
        assert all(process.poll() is None for process in suite.processes.values()), "a process died"


def test_without_a_broker_the_gateway_says_so_at_once(database: Server) -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{brokers.free_port()}//"
    suite = suites.Amqp(nowhere, database.new)
    suite.boot("gateway")
    try:
        people.eventually(lambda: _answers(suite.url), within=15)
        ready = httpx.get(f"{suite.url}/health/ready")
        assert ready.status_code == 503
        assert ready.json()["code"] == "not_ready"
        listing = httpx.get(f"{suite.url}/v1/professionals")
        assert (listing.status_code, listing.headers["Retry-After"]) == (503, "2")
    finally:
        suite.__exit__(None, None, None)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live").status_code == 200
    except httpx.TransportError:
        return False
