"""Publishes a batch of events at once and waits once for the broker to have them all."""

import contextlib
import json
import time
from collections.abc import Collection, Iterable, Sequence

import structlog
from kombu import Connection

from shared.bus import topology
from shared.db import Waiting

CONFIRMED_WITHIN = 10.0
_log = structlog.get_logger()


class Publisher:
    """Publishes with pipelined confirms; only what the broker confirmed counts as sent.

    Nacked messages were not sent. Neither were returned ones, which reached no queue: somebody deleted
    it, so the topology is declared again. An event that no service hears of is sent all the same.
    """

    def __init__(self, uri: str, everyone: topology.Subscriptions) -> None:
        self._uri, self._everyone = uri, everyone
        self._heard = {topic for topics in everyone.values() for topic in topics}
        self._connection: Connection | None = None

    def __call__(self, batch: Sequence[Waiting]) -> Collection[int]:
        """The positions of those of `batch` that are safe with the broker."""
        try:
            if self._connection is None:
                self._open()
            return self._publish(batch)
        except BaseException:
            self._close()
            raise

    def _open(self) -> None:
        self._connection = Connection(self._uri, heartbeat=0, connect_timeout=3)
        self._connection.connect()
        topology.declare(self._connection, self._everyone)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._tag = 0

    def _publish(self, batch: Sequence[Waiting]) -> Collection[int]:
        assert self._connection
        producer = self._connection.Producer(self._channel)
        self._position_of: dict[int, int] = {}
        self._open_tags: set[int] = set()
        self._unsent: set[int] = set()
        for waiting in batch:
            self._tag += 1
            self._open_tags.add(self._tag)
            self._position_of[self._tag] = waiting.position
            producer.publish(
                json.dumps(waiting.body),
                content_type="application/json",
                content_encoding="utf-8",
                exchange=topology.EVENTS,
                routing_key=waiting.topic,
                mandatory=waiting.topic in self._heard,
                correlation_id=str(waiting.position),
                message_id=waiting.body["event_id"],
                delivery_mode=2,
                retry=False,
            )
        deadline = time.monotonic() + CONFIRMED_WITHIN
        while self._open_tags:
            self._connection.drain_events(timeout=max(0.01, deadline - time.monotonic()))
        if self._unsent:
            _log.warning("events_not_taken", count=len(self._unsent))
            self._close()  # opening again declares what is missing
        return {waiting.position for waiting in batch} - self._unsent

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._open_tags.difference_update(self._settled(tag, multiple))

    def _on_nack(self, tag: int, multiple: bool) -> None:
        settled = self._settled(tag, multiple)
        self._unsent.update(self._position_of[each] for each in settled)
        self._open_tags.difference_update(settled)

    def _on_return(self, _error: object, _exchange: str, _key: str, message: object) -> None:
        self._unsent.add(int(message.properties["correlation_id"]))  # type: ignore[attr-defined]

    def _settled(self, tag: int, multiple: bool) -> Iterable[int]:
        return [each for each in self._open_tags if each == tag or (multiple and each < tag)]

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be broken already
                connection.release()
