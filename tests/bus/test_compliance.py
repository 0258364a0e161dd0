"""Promises to listeners, the same on both buses."""

import signal
import time

import pytest

from shared import bus
from shared.contracts.requests.moves import RequestSubmitted
from tests.bus import toys
from tests.bus.conftest import Toys
from tests.faults.people import eventually


@pytest.fixture(params=["local", "amqp"])
def bus_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_was_told_before_anybody_listened_is_heard(toy_bus: Toys) -> None:
    events = [toys.fact() for _ in range(20)]
    toy_bus.tell(*events)
    toy_bus.start()
    for event in events:
        eventually(lambda e=event: handled(toy_bus, e) == 1)
    assert waiting(toy_bus) == 0


def test_a_second_delivery_changes_nothing(toy_bus: Toys) -> None:
    twice, last = toys.fact(), toys.fact()
    toy_bus.tell(twice, twice)
    toy_bus.start()
    eventually(lambda: toys.times(toy_bus.hearer, toys.attempts, twice.event_id) == 2)
    toy_bus.tell(last)
    eventually(lambda: handled(toy_bus, last) == 1)
    assert handled(toy_bus, twice) == 1


def test_a_listener_that_fails_is_tried_again_and_keeps_nobody_waiting(toy_bus: Toys) -> None:
    failing, healthy = toys.fact(succeeds_on=3), toys.fact()
    toy_bus.start()
    toy_bus.tell(failing, healthy)
    eventually(lambda: handled(toy_bus, healthy) == 1)
    assert toys.times(toy_bus.hearer, toys.attempts, failing.event_id) < 3
    eventually(lambda: handled(toy_bus, failing) == 1)
    assert toys.times(toy_bus.hearer, toys.attempts, failing.event_id) == 3


def test_a_poison_event_is_listed_as_a_dead_letter_and_can_be_replayed(toy_bus: Toys) -> None:
    poison = toys.fact(succeeds_on=toys.POISON)
    toy_bus.start()
    toy_bus.tell(poison)
    eventually(lambda: len(list(toy_bus.graveyard.dead_letters("accounts"))) == 1)
    [dead] = toy_bus.graveyard.dead_letters("accounts")
    assert (dead.topic, dead.event_id) == (poison.topic, str(poison.event_id))
    assert dead.attempts == bus.MAX_ATTEMPTS
    assert toys.times(toy_bus.hearer, toys.attempts, poison.event_id) == bus.MAX_ATTEMPTS
    assert dead.error.startswith("RuntimeError at tests/bus/toys.py")
    assert "personal" not in dead.error + toy_bus.log()

    toys.cure(toy_bus.hearer, poison.event_id)
    assert toy_bus.graveyard.replay("accounts") == 1
    eventually(lambda: handled(toy_bus, poison) == 1)
    assert list(toy_bus.graveyard.dead_letters("accounts")) == []


def test_a_database_that_is_away_makes_no_dead_letters(toy_bus: Toys) -> None:
    event = toys.fact(succeeds_on=bus.MAX_ATTEMPTS + 2, database_is_away=True)
    toy_bus.start()
    toy_bus.tell(event)
    eventually(lambda: handled(toy_bus, event) == 1)
    assert toys.times(toy_bus.hearer, toys.attempts, event.event_id) == bus.MAX_ATTEMPTS + 2
    assert list(toy_bus.graveyard.dead_letters("accounts")) == []


def test_an_event_that_breaks_its_promise_is_a_dead_letter_at_once(toy_bus: Toys) -> None:
    whole = toys.fact()
    with toy_bus.teller() as work:
        body = whole.model_dump(mode="json")
        del body["patient_id"]
        work.conn.execute(work.tables["outbox"].insert().values(topic=RequestSubmitted.topic, body=body))
    toy_bus.start()
    eventually(lambda: len(list(toy_bus.graveyard.dead_letters("accounts"))) == 1)
    assert toys.times(toy_bus.hearer, toys.attempts, whole.event_id) == 0


def test_kill_9_loses_nothing_and_doubles_nothing(toy_bus: Toys) -> None:
    events = [toys.fact() for _ in range(200)]
    toy_bus.start()
    eventually(lambda: relaying(toy_bus))
    for event in events[:100]:
        toy_bus.tell(event)
    toy_bus.end(signal.SIGKILL)
    for event in events[100:]:
        toy_bus.tell(event)
    toy_bus.start()
    eventually(lambda: all(handled(toy_bus, event) for event in events))
    assert [handled(toy_bus, event) for event in events] == [1] * 200


def test_it_ends_in_good_order(toy_bus: Toys) -> None:
    toy_bus.start()
    toy_bus.tell(event := toys.fact())
    eventually(lambda: handled(toy_bus, event) == 1)
    began = time.monotonic()
    assert toy_bus.end() == 0
    assert time.monotonic() - began < 10


def handled(toy_bus: Toys, event: RequestSubmitted) -> int:
    return toys.times(toy_bus.hearer, toys.handled, event.event_id)


def waiting(toy_bus: Toys) -> int:
    with toy_bus.teller() as work:
        return len(work.conn.execute(work.tables["outbox"].select()).all())


def relaying(toy_bus: Toys) -> bool:
    toy_bus.tell(event := toys.fact())
    time.sleep(0.2)
    return handled(toy_bus, event) == 1
