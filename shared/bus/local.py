"""The bus without a broker: services as threads of one process, their messages in PostgreSQL.

Commands are calls on a thread pool. Events go from each outbox to the table `deliveries`, which does for
every listening service what a queue does on RabbitMQ: at least once, retried after a pause, kept as a
dead letter after the last attempt. So nothing is lost here either when the process is killed.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import JSONB

from shared import bus, log
from shared.bus.microservice import Microservice, attempted
from shared.bus.relay import Relay
from shared.contracts.base import Answer, Command, Event
from shared.db import Waiting, instant
from shared.errors import Unavailable

_BATCH = 50
_log = structlog.get_logger()

metadata = sa.MetaData()
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", instant(), nullable=False, server_default=sa.func.now()),
    sa.Column("dead", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("error", sa.Text),
    sa.Index("deliveries_due_ix", "service", "due_at", "position", postgresql_where="not dead"),
)


class LocalBus:
    """Runs `services` and calls them; the `Bus` of the embedded suite."""

    def __init__(
        self,
        services: Sequence[Microservice],
        engine: sa.Engine,
        *,
        workers: int,
        answer_within: float,
    ) -> None:
        """`engine` is of a database that belongs to this bus alone; `answer_within` is in seconds."""
        self._services = {service.name: service for service in services}
        self._engine, self._answer_within = engine, answer_within
        # a pool for each service: a busy one keeps no other waiting
        self._pools = {
            service.name: ThreadPoolExecutor(workers + service.waiting_room) for service in services
        }
        self._listeners: dict[str, list[str]] = {}
        for service in services:
            for topic in service.listeners:
                self._listeners.setdefault(topic, []).append(service.name)
        self._queues = {service.name: _Queue(engine, service) for service in services}
        self._relays = [
            Relay(service.unit, self._distribute) for service in services if service.unit.publishes
        ]
        self._ears: dict[str, tuple[type[Event], Callable[[Any], None]]] = {}
        self.connection = 1
        """The only one: what this process announces it also overhears."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to relay, listen and beat; commands can be called before that."""
        metadata.create_all(self._engine)
        for relay in self._relays:
            self._spawn(relay.run)
        for queue in self._queues.values():
            if queue.service.listeners:
                self._spawn(queue.run)
        for service in self._services.values():
            for name, handler in service.periodic.items():
                self._spawn(self._repeat, service, name, handler.seconds)

    def stop(self) -> None:
        """Finish what was begun; what still waits is in the database."""
        self._stopping.set()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for relay in self._relays:
            relay.stop()
        for queue in self._queues.values():
            queue.stop()
        for thread in self._threads:
            thread.join(timeout=3)

    async def call(self, command: Command[Answer]) -> Answer:
        """Carry out `command`. Raises Refused, Unavailable or Broken."""
        body = json.loads(command.model_dump_json())  # nothing crosses that could not cross a wire
        return bus.open_envelope(await self._ask(command.address, body), type(command))

    async def ping(self, service: str) -> None:
        """Return if `service` and its database answer. Raises Unavailable or Broken."""
        if "answer" not in await self._ask(f"{service}.ping", {}):
            raise Unavailable(service)

    def subscribe(self, kind: type[Event], tell: Callable[[Any], None]) -> None:
        self._ears[kind.topic] = (kind, tell)

    async def _ask(self, address: str, body: dict[str, Any]) -> dict[str, Any]:
        service = self._services.get(address.partition(".")[0])
        if service is None or self._stopping.is_set():
            raise Unavailable(f"nobody serves {address}")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._answer_within):
                return await loop.run_in_executor(
                    self._pools[service.name], service.handle_command, address, body
                )
        except TimeoutError:
            raise Unavailable(f"{address} took too long") from None

    def _distribute(self, batch: Sequence[Waiting]) -> Collection[int]:
        """Copy each event for each service that listens to it, as a topic exchange does."""
        rows: list[dict[str, Any]] = [
            {"service": name, "topic": waiting.topic, "body": waiting.body}
            for waiting in batch
            for name in self._listeners.get(waiting.topic, ())
        ]
        if rows:
            with self._engine.begin() as conn:
                conn.execute(sa.insert(deliveries), rows)
            for name in {row["service"] for row in rows}:
                self._queues[name].wake()
        for waiting in batch:
            if waiting.topic in self._ears:
                kind, tell = self._ears[waiting.topic]
                tell(kind.model_validate(waiting.body))
        return {waiting.position for waiting in batch}

    def _repeat(self, service: Microservice, name: str, seconds: float) -> None:
        while not self._stopping.wait(seconds):
            service.run_periodic(name)

    def _spawn(self, work: Any, *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)


class _Queue:
    """The deliveries of one service, brought to it one after the other."""

    def __init__(self, engine: sa.Engine, service: Microservice) -> None:
        self.service = service
        self._engine = engine
        self._woken, self._stopping = threading.Event(), False

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        while not self._stopping:
            try:
                busy = self._deliver_some()
            except Exception as error:
                _log.warning("delivery_interrupted", error=log.where(error))
                busy = False
            if not busy:
                self._woken.wait(bus.RETRY_AFTER)
                self._woken.clear()

    def _deliver_some(self) -> bool:
        due = (
            sa.select(deliveries)
            .where(
                deliveries.c.service == self.service.name,
                ~deliveries.c.dead,
                deliveries.c.due_at <= sa.func.clock_timestamp(),
            )
            .order_by(deliveries.c.due_at, deliveries.c.position)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as conn:
            rows = conn.execute(due).all()
            for row in rows:
                self._deliver(conn, row)
        return bool(rows)

    def _deliver(self, conn: sa.Connection, row: Any) -> None:
        this = deliveries.c.position == row.position
        try:
            self.service.handle_event(row.topic, row.body)
        except Exception as error:
            attempts, dead = attempted(row.attempts, error)
            failure = {
                "attempts": attempts,
                "dead": dead,
                "due_at": sa.func.clock_timestamp() + timedelta(seconds=bus.RETRY_AFTER),
                "error": log.where(error)[:200],
            }
            conn.execute(sa.update(deliveries).where(this).values(failure))
            _log.error(
                "dead_letter" if dead else "listener_failed",
                topic=row.topic,
                attempt=attempts,
                error=failure["error"],
            )
        else:
            conn.execute(sa.delete(deliveries).where(this))
