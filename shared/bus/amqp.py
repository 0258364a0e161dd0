"""Puts a service to work on RabbitMQ: nameko at the edge, and hardened.

nameko acknowledges an event whose listener failed, dies of a request without a reply address or of a
broker that leaves while it answers, and closes its connection before its workers are done. What follows
replaces exactly these parts; `docs/decisions/0004-nameko-hardened.md` tells why each is needed.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import eventlet
import nameko
import structlog
from amqp.exceptions import AMQPError
from eventlet import tpool
from kombu import Connection
from kombu.message import Message as AmqpMessage
from nameko.amqp import consume
from nameko.amqp.publish import Publisher as ConfirmedPublisher
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider
from nameko.messaging import Consumer as QueueEntrypoint
from nameko.rpc import Rpc, RpcConsumer

from shared import log
from shared.bus import topology
from shared.bus.microservice import Microservice, attempted, utc_now
from shared.bus.publisher import Publisher
from shared.bus.relay import Relay
from shared.db import OWN_CONNECTIONS, Unit, new_engine
from shared.settings import Settings

ALIVE_EVERY = 3.0
DRAIN_WITHIN = 8.0
_HASHING_THREADS = max(1, min(4, (os.cpu_count() or 1) - 1))  # 19 MB each; one core is left to the others
_log = structlog.get_logger()


def container(
    kind: type[Microservice], everyone: topology.Subscriptions, settings: Settings
) -> ServiceContainer:
    """A nameko container that runs `kind`; `everyone` says which queues an event goes to."""
    nameko.config.setup(
        {
            "AMQP_URI": settings.amqp_uri,
            "HEARTBEAT": 10,
            "max_workers": settings.workers + kind.waiting_room,
            "PREFETCH_COUNT": settings.workers + kind.waiting_room,
        }
    )
    unit = Unit(
        new_engine(settings.database_url, pool_size=settings.workers + OWN_CONNECTIONS), kind.metadata
    )
    service = kind(unit, settings, in_real_thread=tpool.execute)
    tpool.set_num_threads(_HASHING_THREADS)
    _declare_when_reachable(settings.amqp_uri, everyone)
    return ServiceContainer(_nameko_class(service, everyone, settings))


def _declare_when_reachable(uri: str, everyone: topology.Subscriptions) -> None:
    with Connection(uri, connect_timeout=3) as connection:
        connection.ensure_connection(interval_start=0.5, interval_step=0.5, interval_max=2)
        topology.declare(connection, everyone)


def _nameko_class(service: Microservice, everyone: topology.Subscriptions, settings: Settings) -> type:
    """The class nameko wants: one entrypoint for each command and one for all events."""
    members: dict[str, Any] = {"name": service.name}
    for address in [*service.commands, f"{service.name}.ping"]:
        members[address.partition(".")[2]] = _Command.decorator()(_commander(service, address))
    if service.listeners:
        members["hear_event"] = _Events.decorator(topology.events_queue(service.name))(
            lambda _, delivery: service.handle_event(*delivery)
        )
    members["in_the_background"] = _Background(service, everyone, settings)
    return type(type(service).__name__, (), members)


def _commander(service: Microservice, address: str) -> Callable[[Any, Any], dict[str, Any]]:
    def command(_: Any, body: Any) -> dict[str, Any]:
        return service.handle_command(address, body)

    return command


class _DrainingConsumer(consume.Consumer):  # type: ignore[misc]
    """Asked to stop, it takes no more messages but keeps the connection until those it has are done."""

    def __init__(self, *args: Any, put_away: Callable[[AmqpMessage, str], None], **options: Any) -> None:
        """`put_away(message, why)` is what happens to messages that cannot be read."""
        super().__init__(*args, **options)
        self._put_away = put_away
        self._in_flight: set[tuple[int, int]] = set()
        self._consumers: list[Any] = []
        self._draining = False

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error, interval_start=0.5, interval_step=0.5, interval_max=2
            )
            yield connection

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        _log.warning("broker_unreachable", error=type(exc).__name__, next_try_in=interval)

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self._consumers = consumers
        self._in_flight.clear()  # what a lost connection brought is the broker's again
        super().on_consume_ready(connection, channel, consumers, **kwargs)

    def stop(self) -> None:
        self._draining = True

    @property
    def connected(self) -> bool:
        return bool(self._consumers) and bool(self._consumers[0].channel.connection)

    @property
    def drained(self) -> bool:
        return self.should_stop or not self.connected

    def on_iteration(self) -> None:
        if not self._draining:
            return
        for consumer in self._consumers:
            consumer.cancel()
        if not self._in_flight:
            self.should_stop = True

    def on_message(self, body: Any, message: AmqpMessage) -> None:
        if self._draining:
            self.requeue_message(message)
            return
        self._in_flight.add(_delivery(message))
        super().on_message(body, message)

    def on_decode_error(self, message: AmqpMessage, exc: Exception) -> None:
        self.settle(message, lambda: self._put_away(message, type(exc).__name__))

    def settle(self, message: AmqpMessage, put_away: Callable[[], None]) -> None:
        """Acknowledge `message` once it is put away; if that fails the broker brings it again."""
        try:
            put_away()
        except Exception as error:
            _log.warning("not_put_away", error=log.where(error))
            self.requeue_message(message)
        else:
            self.ack_message(message)

    def ack_message(self, message: AmqpMessage) -> None:
        with _broker_may_leave():
            super().ack_message(message)
        self._in_flight.discard(_delivery(message))

    def requeue_message(self, message: AmqpMessage) -> None:
        with _broker_may_leave():
            super().requeue_message(message)
        self._in_flight.discard(_delivery(message))


def _delivery(message: AmqpMessage) -> tuple[int, int]:
    """Tags begin anew with each connection."""
    return id(message.channel), message.delivery_tag


@contextmanager
def _broker_may_leave() -> Iterator[None]:
    """Survive the loss of the broker: it delivers again whatever was not acknowledged."""
    try:
        yield
    except (OSError, AMQPError) as error:
        _log.warning("broker_left", error=type(error).__name__)


class _DeadLetters:
    """Moves messages to another queue, byte for byte, with a note of what went wrong."""

    def __init__(self, uri: str, service: str) -> None:
        self._service = service
        self._publisher = ConfirmedPublisher(
            uri, mandatory=True, retry_policy={"max_retries": 1, "interval_start": 0.2}
        )

    def bury(self, message: AmqpMessage, error: str) -> None:
        """To the dead letters, to be listed and replayed by `run.dead`."""
        self.move(message, topology.dead_name(self._service), error, attempts=_attempts(message) + 1)
        _log.error("dead_letter", topic=_topic(message), error=error)

    def move(self, message: AmqpMessage, queue: str, error: str, *, attempts: int) -> None:
        body = message.body
        self._publisher.publish(
            body if isinstance(body, bytes) else str(body).encode(),
            serializer=None,
            content_type=message.content_type or "application/octet-stream",
            content_encoding=message.content_encoding or "binary",
            routing_key=queue,
            message_id=message.properties.get("message_id"),
            headers={
                "x-topic": _topic(message),
                "x-attempts": attempts,
                "x-error": error[:200],
                "x-failed-at": utc_now().isoformat(),
            },
        )


def _topic(message: AmqpMessage) -> str:
    return str(message.headers.get("x-topic") or message.delivery_info.get("routing_key"))


def _attempts(message: AmqpMessage) -> int:
    return int(message.headers.get("x-attempts") or 0)


class _Events(QueueEntrypoint):  # type: ignore[misc]
    """A listener that fails is tried again later, and in the end its event becomes a dead letter."""

    def setup(self) -> None:
        self._dead_letters = _DeadLetters(self.amqp_uri, self.container.service_name)
        self.consumer_cls = partial(_DrainingConsumer, put_away=self._dead_letters.bury)
        super().setup()

    def handle_message(self, body: Any, message: AmqpMessage) -> None:
        # nameko makes what it finds in headers its own, and dies of what it does not expect
        message.headers = {key: value for key, value in message.headers.items() if key.startswith("x-")}
        super().handle_message((_topic(message), body), message)

    def handle_message_processed(
        self, message: AmqpMessage, _result: Any = None, exc_info: Any = None
    ) -> None:
        if exc_info is None:
            self.consumer.ack_message(message)
        else:
            self.consumer.settle(message, lambda: self._set_aside(message, exc_info[1]))

    def _set_aside(self, message: AmqpMessage, error: BaseException) -> None:
        place = log.where(error)
        attempts, dead = attempted(_attempts(message), error)
        if dead:
            self._dead_letters.bury(message, place)
            return
        _log.warning("listener_failed", topic=_topic(message), attempt=attempts, error=place)
        retry = topology.retry_queue(self.container.service_name).name
        self._dead_letters.move(message, retry, place, attempts=attempts)


class _CommandConsumer(RpcConsumer):  # type: ignore[misc]
    """The one queue of a service's commands, proof against malformed ones and a broker that leaves.

    A malformed command is noted and dropped: nobody can be answered, and it may hold a password.
    """

    def setup(self) -> None:
        self.consumer_cls = partial(_DrainingConsumer, put_away=_note_malformed)
        super().setup()

    def handle_message(self, body: Any, message: AmqpMessage) -> None:
        if "reply_to" in message.properties and _is_call(body):
            message.headers.clear()
            super().handle_message(body, message)
        else:
            self.consumer.settle(message, lambda: _note_malformed(message, "no call"))

    def handle_result(self, message: AmqpMessage, result: Any, exc_info: Any) -> Any:
        try:
            return super().handle_result(message, result, exc_info)
        except Exception as error:  # the caller has long been told that nobody answered
            _log.warning("answer_not_published", error=log.where(error))
            self.consumer.ack_message(message)
            return result, exc_info


def _note_malformed(message: AmqpMessage, why: str) -> None:
    _log.error("malformed_command", address=message.delivery_info.get("routing_key"), why=why)


def _is_call(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("args"), list) and body.get("kwargs") == {}


class _Command(Rpc):  # type: ignore[misc]
    rpc_consumer = _CommandConsumer()


class _Background(DependencyProvider):  # type: ignore[misc]
    """The relay, the periodic methods and the sign of life, beside the entrypoints."""

    def __init__(self, service: Microservice, everyone: topology.Subscriptions, settings: Settings) -> None:
        self._service, self._everyone, self._settings = service, everyone, settings
        self._stopping = False

    def start(self) -> None:
        unit = self._service.unit
        self._relay = Relay(unit, Publisher(self._settings.amqp_uri, self._everyone))
        if unit.publishes:
            self.container.spawn_managed_thread(self._relay.run, identifier="relay")
        for name, handler in self._service.periodic.items():
            self.container.spawn_managed_thread(
                lambda n=name, s=handler.seconds: self._repeat(n, s), identifier=name
            )
        if self._settings.alive_file:
            path = self._settings.alive_file
            self.container.spawn_managed_thread(lambda: self._show_life(path), identifier="alive")

    def stop(self) -> None:
        self._stopping = True
        self._relay.stop()

    def _repeat(self, name: str, seconds: float) -> None:
        while not self._stopping:
            self._service.run_periodic(name)
            eventlet.sleep(seconds)

    def _show_life(self, path: Path) -> None:
        while not self._stopping:
            if all(consumer.connected for consumer in consumers(self.container)):
                path.touch()
            eventlet.sleep(ALIVE_EVERY)


def consumers(running: ServiceContainer) -> list[_DrainingConsumer]:
    """The queue consumers of a container that has started."""
    return [
        extension.consumer
        for extension in running.extensions
        if isinstance(extension, (_CommandConsumer, _Events))
    ]


def drain(running: ServiceContainer) -> None:
    """Finish what was begun, hand the rest back to the broker, and stop."""
    for consumer in consumers(running):
        consumer.stop()
    deadline = time.monotonic() + DRAIN_WITHIN
    while time.monotonic() < deadline and not all(c.drained for c in consumers(running)):
        eventlet.sleep(0.05)
    with eventlet.Timeout(DRAIN_WITHIN, False):
        running.stop()
