"""Calls services over RabbitMQ from asyncio, in the words of nameko's RPC protocol.

One connection, one channel and one reply queue for each process. The connection is made anew by
ourselves after each loss, with a new reply queue: answers in flight are lost with the old one, and who
waits for them is told at once instead of at the end of the wait.
"""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError

from shared import bus, log
from shared.contracts.base import Answer, Command, Event
from shared.errors import Unavailable

RECONNECT_AFTER = 0.5
CONNECT_WITHIN = 3.0
_log = structlog.get_logger()


class Bus(Protocol):
    """The bus as the gateway knows it, whichever implementation it is."""

    async def call(self, command: Command[Answer]) -> Answer:
        """Carry out `command`. Raises Refused, Unavailable or Broken."""

    async def ping(self, service: str) -> None:
        """Return if `service` and its database answer. Raises Unavailable or Broken."""

    def subscribe(self, kind: type[Event], tell: Callable[[Any], None]) -> None:
        """Tell this process of each `kind` from the next connection on, at most once; `tell` does no I/O."""

    @property
    def connection(self) -> int:
        """The number of the connection. Events published before it began were not received on it."""


class AmqpBus:
    """The `Bus` over RabbitMQ; use it as an async context manager."""

    def __init__(self, uri: str, *, answer_within: float) -> None:
        """`answer_within` is in seconds, and covers a connection that is down too."""
        self._uri, self._answer_within = uri, answer_within
        self._exchange: AbstractExchange | None = None
        self._reply_to = ""
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._ears: dict[str, tuple[type[Event], Callable[[Any], None]]] = {}
        self.connection = 0

    async def __aenter__(self) -> "AmqpBus":
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeper

    async def call(self, command: Command[Answer]) -> Answer:
        envelope = await self._ask(command.address, command.model_dump(mode="json"))
        return bus.open_envelope(envelope, type(command))

    async def ping(self, service: str) -> None:
        envelope = await self._ask(f"{service}.ping", {})
        if "answer" not in envelope:
            raise Unavailable(service)

    def subscribe(self, kind: type[Event], tell: Callable[[Any], None]) -> None:
        self._ears[kind.topic] = (kind, tell)

    async def _ask(self, address: str, body: dict[str, Any]) -> dict[str, Any]:
        if self._exchange is None:
            raise Unavailable("no connection to the broker")
        correlation = str(uuid.uuid4())
        reply = asyncio.get_running_loop().create_future()
        self._waiting[correlation] = reply
        message = aio_pika.Message(
            json.dumps({"args": [body], "kwargs": {}}).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=correlation,
            reply_to=self._reply_to,
            expiration=self._answer_within,  # nobody carries out what nobody waits for
        )
        try:
            async with asyncio.timeout(self._answer_within):
                await self._exchange.publish(message, routing_key=address, mandatory=True)
                answer = json.loads(await reply)
        except TimeoutError:
            raise Unavailable(f"{address} took too long") from None
        except DeliveryError:
            raise Unavailable(f"nobody serves {address}") from None
        except (AMQPError, ConnectionError, RuntimeError):
            raise Unavailable("the connection to the broker was lost") from None
        finally:
            del self._waiting[correlation]
            reply.cancel()
        return answer["result"] or {"broken": answer["error"]}

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._connected_once()
            except Exception as error:  # a broker on its way down or up fails in many ways
                _log.warning("broker_unreachable", error=log.where(error))
            await asyncio.sleep(RECONNECT_AFTER)

    async def _connected_once(self) -> None:
        async with asyncio.timeout(CONNECT_WITHIN):
            connection = await aio_pika.connect(self._uri, heartbeat=10)
        lost = asyncio.Event()
        connection.close_callbacks.add(lambda *_: lost.set())
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                channel = await connection.channel(on_return_raises=True)
                channel.close_callbacks.add(lambda *_: lost.set())
                exchange = await channel.declare_exchange(
                    bus.RPC_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
                )
                self._reply_to = f"rpc.reply-{uuid.uuid4()}"
                replies = await channel.declare_queue(self._reply_to, exclusive=True, auto_delete=True)
                await replies.bind(exchange, routing_key=self._reply_to)
                await replies.consume(self._on_reply, no_ack=True)
                await self._listen(channel)
            self.connection += 1
            self._exchange = exchange
            _log.info("broker_connected")
            await lost.wait()
        finally:
            self._exchange = None
            for reply in self._waiting.values():
                if not reply.done():
                    reply.set_exception(ConnectionError())
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await connection.close()

    async def _listen(self, channel: AbstractChannel) -> None:
        """A queue of this connection alone, that goes with it."""
        events = await channel.declare_exchange(
            bus.EVENTS_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
        )
        queue = await channel.declare_queue(f"events.heard-{uuid.uuid4()}", exclusive=True, auto_delete=True)
        for topic in self._ears:
            await queue.bind(events, routing_key=topic)
        await queue.consume(self._on_event, no_ack=True)

    async def _on_event(self, message: AbstractIncomingMessage) -> None:
        kind, tell = self._ears[message.routing_key or ""]
        try:
            tell(kind.model_validate_json(message.body))
        except ValueError as error:
            _log.error("event_not_understood", topic=kind.topic, error=log.where(error))

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        reply = self._waiting.get(message.correlation_id or "")
        if reply and not reply.done():
            reply.set_result(message.body)
