"""RabbitMQ goes away under traffic, and comes back."""

import re
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from deploy.embedded.postgres import free_port
from tests import brokers, suites
from tests.bus import conftest as toy_bus
from tests.bus import test_on_rabbitmq as on_rabbitmq
from tests.bus import toys
from tests.databases import Server
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
        slots = iter(practice.slots(people.SOON, days=35))
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


def test_a_broker_that_leaves_while_a_command_is_answered_kills_nothing(
    own_broker: brokers.ContainerBroker | brokers.ProcessBroker, database: Server, tmp_path: Path
) -> None:
    """The toys' command takes half a second: the broker goes in the middle of it, answer and all."""
    urls = {name: database.new() for name in ("TELLER_URL", "HEARER_URL", "BUS_URL")}
    suites.alone_on(own_broker.uri)
    running = toy_bus.made("amqp", urls, tmp_path, own_broker.uri)
    running.start()
    try:
        people.eventually(lambda: on_rabbitmq.answers(running))
        on_rabbitmq.publish(running, b'{"args": [{}], "kwargs": {}}', key="accounts.list_token_keys")
        people.eventually(lambda: toys.times(running.hearer, toys.attempts, toys.SLOW) == 1)
        own_broker.stop()
        time.sleep(1)
        own_broker.start()
        brokers.wait_until_it_answers(own_broker.uri)
        people.eventually(lambda: on_rabbitmq.answers(running))
        running.tell(event := toys.fact())
        people.eventually(lambda: toys.times(running.hearer, toys.handled, event.event_id) == 1)
        assert running.is_alive()
    finally:
        running.close()


def test_a_service_that_waits_for_its_broker_can_be_ended(database: Server) -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    for number in (signal.SIGTERM, signal.SIGINT):
        suite = suites.Amqp(nowhere, database.new)
        suite.boot("notify")
        process = suite.processes["notify"]
        people.eventually(lambda process=process: _ends_well(process.pid), within=60)
        time.sleep(1)
        assert process.poll() is None
        suite.kill("notify", number)
        assert process.returncode == 0


def test_without_a_broker_the_gateway_says_so_at_once(database: Server) -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
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


def _ends_well(pid: int) -> bool:
    """True if the process has set its handlers: Python itself sets one for SIGINT, none for SIGTERM."""
    [mask] = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live").status_code == 200
    except httpx.TransportError:
        return False
