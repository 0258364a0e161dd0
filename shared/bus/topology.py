"""Exchanges and queues on RabbitMQ, all declared before anything is published.

An event goes to the exchange `events` and from there to one queue of each service that hears it:

    events ──topic──▶ <service>.events ──handled──▶ acknowledged
                        ▲        │
                        │        ├─ listener failed ─▶ <service>.events.retry   (back after a pause)
                        └────────┘
                                 └─ failed too often, or cannot be read ─▶ <service>.events.dead

Arguments of a queue can never change under its name: a change needs a new name.
"""

from collections.abc import Collection, Iterable, Mapping

from kombu import Connection, Exchange, Queue

from shared import bus
from shared.bus.microservice import Microservice

Subscriptions = Mapping[str, Collection[str]]
"""The topics that each service listens to, by the name of the service."""

EVENTS = Exchange(bus.EVENTS_EXCHANGE, type="topic", durable=True)
RPC = Exchange(bus.RPC_EXCHANGE, type="topic", durable=True)
_DEFAULT = Exchange("")
_SAFE = {"x-queue-type": "quorum", "x-overflow": "reject-publish"}
_HANDS_ON_SAFELY = {"x-dead-letter-exchange": "", "x-dead-letter-strategy": "at-least-once"}


def events_queue(service: str) -> Queue:
    """Return the queue of events for `service`.

    A message that ends its process again and again becomes a dead letter too.
    """
    return Queue(
        f"{service}.events",
        _DEFAULT,
        f"{service}.events",
        durable=True,
        queue_arguments={
            **_SAFE,
            **_HANDS_ON_SAFELY,
            "x-dead-letter-routing-key": dead_name(service),
            "x-delivery-limit": 20,
        },
    )


def retry_queue(service: str) -> Queue:
    """Return the queue in which a failed event waits before it comes back."""
    return Queue(
        f"{service}.events.retry",
        _DEFAULT,
        f"{service}.events.retry",
        durable=True,
        queue_arguments={
            **_SAFE,
            **_HANDS_ON_SAFELY,
            "x-dead-letter-routing-key": f"{service}.events",
            "x-message-ttl": int(bus.RETRY_AFTER * 1000),
        },
    )


def dead_queue(service: str) -> Queue:
    """Return the queue of events that a person has to look at.

    It is a classic queue: RabbitMQ 4 drops messages from a quorum queue after twenty deliveries.
    """
    name = dead_name(service)
    return Queue(name, _DEFAULT, name, durable=True, queue_arguments={"x-queue-type": "classic"})


def dead_name(service: str) -> str:
    return f"{service}.events.dead"


def rpc_queue(service: str) -> Queue:
    """Return the queue of commands. It is a plain queue: an unanswered command is dropped and repeated."""
    return Queue(f"rpc-{service}", RPC, f"{service}.*", durable=True)


def subscriptions(services: Iterable[type[Microservice]]) -> Subscriptions:
    """Return the topics that each of `services` listens to."""
    return {service.name: sorted(service.listeners) for service in services}


def declare(connection: Connection, everyone: Subscriptions) -> None:
    """Make sure that every queue of `everyone` exists; harmless when it does."""
    channel = connection.channel()
    for exchange in (EVENTS, RPC):
        exchange(channel).declare()
    for service, topics in everyone.items():
        rpc_queue(service)(channel).declare()
        queue = events_queue(service)(channel)
        for each in (queue, retry_queue(service)(channel), dead_queue(service)(channel)):
            each.queue_declare()
        for topic in topics:
            queue.bind_to(EVENTS(channel), routing_key=topic)
    channel.close()
