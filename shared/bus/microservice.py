"""The base of every microservice, and how it handles a message of any bus.

A handler's exceptions are sorted here: refusals are answers, troubles of the database that pass are retried,
the rest is logged by type and place. No bus and no service is known here.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from shared import bus, log
from shared.bus.registry import Handler, registered
from shared.contracts.base import Command, Event
from shared.contracts.refusals import Refused
from shared.db import Unit
from shared.errors import Unavailable
from shared.settings import Settings

_log = structlog.get_logger()


class Unreadable(Exception):
    """An event that no listener expects, or that is not what its topic promises."""


def attempted(attempts: int, error: BaseException) -> tuple[int, bool]:
    """Return how many attempts of a listener count after `error`, and if its event is a dead letter now."""
    attempts += not is_transient(error)
    return attempts, attempts >= bus.MAX_ATTEMPTS or isinstance(error, Unreadable)


def is_transient(error: BaseException) -> bool:
    """True for a database error that a retry can cure.

    By SQLSTATE: connections, conflicts of transactions, resources, shutdowns, a standby.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, NoConnectionFree)
    state = _sqlstate(error)
    if error.connection_invalidated or (isinstance(error, OperationalError) and not state):
        return True
    return state.startswith(("08", "40", "53", "57P", "25006"))


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "pgcode", None) or ""


def utc_now() -> datetime:
    return datetime.now(UTC)


def in_this_thread(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


class Microservice:
    """Base of every microservice: its name, its tables, its handlers, and what they ask for by name."""

    name: ClassVar[str]
    metadata: ClassVar[sa.MetaData]
    waiting_room: ClassVar[int] = 0
    """Commands beyond the workers that a process takes in while they wait for CPU-bound work without a
    connection, so that they delay no other command."""
    commands: ClassVar[dict[str, tuple[type[Command[Any]], Handler]]] = {}
    listeners: ClassVar[dict[str, tuple[type[Event], Handler]]] = {}
    periodic: ClassVar[dict[str, Handler]] = {}

    def __init__(
        self,
        unit: Unit,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        in_real_thread: Callable[..., Any] = in_this_thread,
    ) -> None:
        """`in_real_thread(work, *args)` keeps CPU-bound work from stalling other messages."""
        self.unit, self.settings = unit, settings
        self.clock, self.in_real_thread = clock, in_real_thread

    def __init_subclass__(cls, *, handlers: ModuleType | None = None) -> None:
        """`handlers` is the module or package whose functions `handles`, `listens` and `every` register."""
        super().__init_subclass__()
        found = registered(handlers) if handlers else []
        for each in found:
            for need in each.needs:
                if not (hasattr(cls, need) or need.endswith("_id")):
                    raise TypeError(f"{each.name} asks for {need}, which {cls.__name__} does not have")
        for kind in (kind for each in found for kind in each.commands):
            if kind.receiver() != cls.name:
                raise TypeError(f"{cls.__name__} handles {kind.address}")
        cls.commands = _unique((kind.address, (kind, each)) for each in found for kind in each.commands)
        cls.listeners = _unique((kind.topic, (kind, each)) for each in found for kind in each.events)
        cls.periodic = _unique((each.name, each) for each in found if each.seconds is not None)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def new_uuid(self) -> Callable[[], UUID]:
        """Makes ids for a handler that needs several."""
        return uuid4

    def handle_command(self, address: str, body: Any) -> dict[str, Any]:
        """Handle one command; the envelope says how it went, and `open_envelope` reads it."""
        if address == f"{self.name}.ping":
            return _attempt(address, self._ping)
        try:
            kind, handler = self.commands[address]
            command = kind.model_validate(body)
        except (KeyError, ValueError) as error:
            _log.error("command_not_understood", address=address, error=log.where(error))
            return {"broken": "not understood"}
        return _attempt(address, lambda: handler(self, command).model_dump(mode="json"))

    def handle_event(self, topic: str, body: Any) -> None:
        """Pass an event to its listener; the bus retries whatever it raises.

        Raises Unreadable where a retry would not help.
        """
        try:
            kind, handler = self.listeners[topic]
            event = kind.model_validate(body)
        except (KeyError, ValueError) as error:
            raise Unreadable(topic) from error
        handler(self, event)

    def run_periodic(self, name: str) -> None:
        """Run one periodic handler; a failure is logged, and it runs again after its period."""
        try:
            self.periodic[name](self)
        except Exception as error:
            _log.error("periodic_failed", handler=name, error=log.where(error))

    def _ping(self) -> dict[str, Any]:
        with self.unit() as work:
            work.conn.execute(sa.select(1))
        return {}


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found = dict[str, Any]()
    for name, value in pairs:
        if name in found:
            raise TypeError(f"two handlers are registered for {name}")
        found[name] = value
    return found


def _attempt(address: str, work: Callable[[], dict[str, Any]], *, again: bool = True) -> dict[str, Any]:
    """Commands carry ids, so one that met a lost connection or a deadlock is simply run again."""
    try:
        return {"answer": work()}
    except Refused as refusal:
        return {
            "refused": {
                "code": refusal.code,
                "detail": refusal.detail,
                "field": refusal.field,
                "facts": refusal.facts,
            }
        }
    except Exception as error:
        _log.warning("command_failed", address=address, error=log.where(error))
        if isinstance(error, Unavailable):  # somebody outside, whom the service asked
            return {"unavailable": type(error).__name__}
        took_too_long = isinstance(error, DBAPIError) and _sqlstate(error) == "57014"
        if not is_transient(error) and not took_too_long:
            return {"broken": type(error).__name__}
        if took_too_long or not again:
            return {"unavailable": type(error).__name__}
    return _attempt(address, work, again=False)
