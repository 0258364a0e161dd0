"""Lists and replays dead letters, on RabbitMQ and in the embedded suite alike.

    python -m run.dead                  list them, each with its error
    python -m run.dead replay           bring all of them back to their listeners
    python -m run.dead replay notify

`HC_AMQP_URI` names the broker. Without it, the embedded suite under `HC_HOME` is meant, while it runs.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from kombu import Connection
from kombu.exceptions import OperationalError
from kombu.message import Message as AmqpMessage

from run.discovery import service_names
from shared.bus import topology
from shared.bus.local import deliveries
from shared.settings import Settings


@dataclass(frozen=True)
class DeadLetter:
    """An event that its listener failed on, and why: ids and places in the code, no personal data."""

    service: str
    topic: str
    event_id: str
    attempts: int
    error: str


class Graveyard(Protocol):
    def dead_letters(self, service: str) -> Iterator[DeadLetter]:
        """Return the dead letters of `service`, oldest first, without removing them."""

    def replay(self, service: str) -> int:
        """Bring each back to its listener with fresh attempts; how many there were."""


class AmqpGraveyard:
    """The queues `<service>.events.dead`."""

    def __init__(self, uri: str) -> None:
        self._connection = Connection(uri, connect_timeout=3)

    def dead_letters(self, service: str) -> Iterator[DeadLetter]:
        for message in self._messages(service):
            yield DeadLetter(
                service=service,
                topic=_topic(message),
                event_id=message.properties.get("message_id") or "?",
                attempts=int(message.headers.get("x-attempts", 0)),
                error=str(message.headers.get("x-error", "took its process down")),
            )

    def replay(self, service: str) -> int:
        count = 0
        with self._connection.clone() as publishing:
            publishing.transport_options = {"confirm_publish": True}
            producer = publishing.Producer()
            for message in self._messages(service):
                producer.publish(
                    message.body,
                    serializer=None,
                    content_type=message.content_type,
                    content_encoding=message.content_encoding,
                    routing_key=topology.events_queue(service).name,
                    message_id=message.properties.get("message_id"),
                    headers={"x-topic": _topic(message)},
                    mandatory=True,
                    delivery_mode=2,
                )
                message.ack()
                count += 1
        return count

    def _messages(self, service: str) -> Iterator[AmqpMessage]:
        """Each message once; those not acknowledged go back when the channel closes."""
        with self._connection.channel() as channel:
            queue = topology.dead_queue(service)(channel)
            waiting = queue.queue_declare().message_count
            for _ in range(waiting):
                message = queue.get(accept=None)
                if message is None:
                    return
                yield message


def _topic(message: AmqpMessage) -> str:
    """As noted at the burial, or by the broker when the message took its process down."""
    by_broker = [key for death in message.headers.get("x-death", ()) for key in death["routing-keys"]]
    return str(message.headers.get("x-topic") or next(iter(by_broker), "?"))


class LocalGraveyard:
    """The dead rows of the table `deliveries`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def dead_letters(self, service: str) -> Iterator[DeadLetter]:
        query = sa.select(deliveries).where(self._of(service)).order_by(deliveries.c.position)
        with self._engine.connect() as conn:
            for row in conn.execute(query):
                yield DeadLetter(
                    service=service,
                    topic=row.topic,
                    event_id=str(row.body.get("event_id", "?")),
                    attempts=row.attempts,
                    error=row.error,
                )

    def replay(self, service: str) -> int:
        fresh = {"dead": False, "attempts": 0, "due_at": sa.func.now()}
        with self._engine.begin() as conn:
            update = sa.update(deliveries).where(self._of(service)).values(fresh)
            return conn.execute(update).rowcount

    def _of(self, service: str) -> sa.ColumnElement[bool]:
        return sa.and_(deliveries.c.service == service, deliveries.c.dead)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", nargs="?", choices=["list", "replay"], default="list")
    parser.add_argument("service", nargs="?", choices=service_names())
    asked = parser.parse_args()
    graveyard = _graveyard()
    try:
        _do(asked.action, [asked.service] if asked.service else service_names(), graveyard)
    except (OSError, OperationalError, sa.exc.OperationalError) as error:
        sys.exit(f"It does not answer ({type(error).__name__}): is it running?")


def _do(action: str, services: Sequence[str], graveyard: Graveyard) -> None:
    for service in services:
        if action == "replay":
            print(f"{service}: {graveyard.replay(service)} replayed")
            continue
        found = list(graveyard.dead_letters(service))
        if not found:
            print(f"{service}: no dead letters")
        for dead_letter in found:
            print(
                f"{dead_letter.service}  {dead_letter.topic}  {dead_letter.event_id}  "
                f"{dead_letter.attempts} attempts  {dead_letter.error}"
            )


def _graveyard() -> Graveyard:
    settings = Settings.from_environment()
    if "HC_AMQP_URI" in os.environ:
        return AmqpGraveyard(settings.amqp_uri)
    url_file = settings.home / "bus.url"
    if not url_file.exists():
        sys.exit(f"Set HC_AMQP_URI, or start the embedded suite: there is no {url_file}.")
    return LocalGraveyard(sa.create_engine(url_file.read_text()))


if __name__ == "__main__":
    main()
