"""Traps in which nameko by itself would lose a message, or die: each is closed."""

import json
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from shared.bus import topology
from tests.bus import toys
from tests.bus.conftest import Toys
from tests.bus.test_compliance import handled
from tests.faults.people import eventually


@pytest.fixture
def bus_kind() -> str:
    return "amqp"


@pytest.fixture
def running(toy_bus: Toys) -> Toys:
    toy_bus.start()
    eventually(lambda: "result" in call(toy_bus, "accounts.ping", {"args": [{}], "kwargs": {}}, wait=1))
    return toy_bus


@pytest.fixture
def channel(toy_bus: Toys) -> Iterator[Any]:
    with Connection(toy_bus.amqp_uri) as connection:
        yield connection.channel()


MALFORMED = {
    "without a reply address": {"reply_to": None},
    "that is not JSON": {"body": b"{]"},
    "that is not text": {"body": b"\xff\xfe"},
    "that is no call": {"body": b"[]"},
    "with odd arguments": {"body": b'{"args": 1, "kwargs": {}}'},
    "with named arguments": {"body": b'{"args": [{}], "kwargs": {"x": 1}}'},
}


@pytest.mark.parametrize("how", MALFORMED)
def test_a_malformed_command_is_noted_and_kills_nothing(running: Toys, how: str) -> None:
    """It goes nowhere, and into no dead letter: it may hold a password."""
    publish(running, key="accounts.ping", **{"body": b'{"args": [{}], "kwargs": {}}'} | MALFORMED[how])
    eventually(lambda: '"malformed_command"' in running.log())
    assert answers(running)
    assert list(running.graveyard.dead_letters("accounts")) == []


def test_headers_that_nameko_would_die_of_are_harmless(running: Toys) -> None:
    for name in ("nameko.call_id_stack", "call_id_stack"):
        publish(running, b'{"args": [{}], "kwargs": {}}', key="accounts.ping", headers={name: 5})
        with Connection(running.amqp_uri) as connection:
            event = toys.fact()
            connection.Producer().publish(
                event.model_dump(mode="json"),
                exchange=topology.EVENTS,
                routing_key=toys.RequestSubmitted.topic,
                headers={name: 5},
            )
        eventually(lambda e=event: handled(running, e) == 1)
        assert answers(running)


def test_looking_at_dead_letters_does_not_wear_them_out(toy_bus: Toys) -> None:
    with Connection(toy_bus.amqp_uri) as connection:
        topology.declare(connection, topology.subscriptions([toys.Hearer]))
        connection.Producer().publish(b"{}", routing_key=topology.dead_name("accounts"))
    for _ in range(30):
        assert len(list(toy_bus.graveyard.dead_letters("accounts"))) == 1


@pytest.mark.parametrize("body", [b"{]", b"\xff\xfe", b"null", b"[1]"])
def test_an_event_that_cannot_be_read_goes_to_the_dead_letters(running: Toys, body: bytes) -> None:
    publish(running, body, exchange=topology.EVENTS, key=toys.RequestSubmitted.topic)
    eventually(lambda: len(list(running.graveyard.dead_letters("accounts"))) == 1)
    running.tell(event := toys.fact())
    eventually(lambda: handled(running, event) == 1)


def test_an_unknown_command_is_answered_and_kills_nothing(running: Toys) -> None:
    answer = call(running, "accounts.no_such_command", {"args": [{}], "kwargs": {}}, wait=5)
    assert answer["error"]["exc_type"] == "MethodNotFound"
    assert answers(running)


def test_a_message_that_takes_its_process_down_again_and_again_is_a_dead_letter(
    toy_bus: Toys, channel: Any
) -> None:
    with Connection(toy_bus.amqp_uri) as connection:
        topology.declare(connection, topology.subscriptions([toys.Hearer]))
        connection.Producer().publish(
            toys.fact().model_dump(mode="json"),
            exchange=topology.EVENTS,
            routing_key=toys.RequestSubmitted.topic,
        )
    queue = topology.events_queue("accounts")(channel)
    for _ in range(40):
        if message := queue.get(accept=["json"]):
            message.requeue()
        else:
            time.sleep(0.05)
        if dead := list(toy_bus.graveyard.dead_letters("accounts")):
            break
    assert [each.topic for each in dead] == [toys.RequestSubmitted.topic]


def test_sigterm_lets_a_command_in_flight_finish_and_answer(running: Toys) -> None:
    answered: list[dict[str, Any]] = []
    asking = threading.Thread(
        target=lambda: answered.append(
            call(running, "accounts.list_token_keys", {"args": [{}], "kwargs": {}}, wait=8)
        )
    )
    asking.start()
    eventually(lambda: toys.times(running.hearer, toys.attempts, toys.SLOW) == 1)
    assert running.end(signal.SIGTERM) == 0
    asking.join()
    assert answered == [{"result": {"answer": {"keys": []}}, "error": None}]


def test_an_event_whose_queue_was_deleted_is_not_lost(running: Toys, channel: Any) -> None:
    running.tell(before := toys.fact())
    eventually(lambda: handled(running, before) == 1)
    running.end()
    topology.events_queue("accounts")(channel).delete()
    running.tell(event := toys.fact())
    running.start()
    eventually(lambda: handled(running, event) == 1)


def test_a_queue_that_vanishes_under_the_relay_is_declared_again(toy_bus: Toys, channel: Any) -> None:
    """Only the teller publishes here: its relay meets a returned message, and nothing else helps it."""
    from shared.bus.publisher import Publisher
    from shared.db import Waiting

    publisher = Publisher(toy_bus.amqp_uri, topology.subscriptions([toys.Hearer]))
    event = toys.fact()
    batch = [Waiting(7, event.topic, event.model_dump(mode="json"))]
    assert publisher(batch) == {7}
    topology.events_queue("accounts")(channel).delete()
    assert publisher(batch) == set(), "a returned message was taken for sent"
    assert publisher(batch) == {7}


def publish(
    running: Toys,
    body: bytes,
    *,
    key: str,
    exchange: Exchange = topology.RPC,
    reply_to: str | None = "nowhere",
    headers: dict[str, Any] | None = None,
) -> None:
    with Connection(running.amqp_uri) as connection:
        connection.Producer().publish(
            body,
            serializer=None,
            content_type="application/json",
            content_encoding="utf-8",
            exchange=exchange,
            routing_key=key,
            headers=headers,
            **({"reply_to": reply_to} if reply_to else {}),
        )


def call(running: Toys, address: str, body: Any, *, wait: float) -> dict[str, Any]:
    """The raw answer of nameko's RPC, or nothing in time."""
    with Connection(running.amqp_uri) as connection:
        channel = connection.channel()
        reply_to = str(uuid.uuid4())
        queue = Queue(reply_to, topology.RPC, reply_to, exclusive=True, auto_delete=True)(channel)
        topology.RPC(channel).declare()
        queue.declare()
        publish(running, json.dumps(body).encode(), key=address, reply_to=reply_to)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            if message := queue.get(no_ack=True):
                answer: dict[str, Any] = message.payload
                return answer
            time.sleep(0.02)
    return {}


def answers(running: Toys) -> bool:
    answer = call(running, "accounts.ping", {"args": [{}], "kwargs": {}}, wait=5)
    return running.is_alive() and answer == {"result": {"answer": {}}, "error": None}
