"""Services and the messages that reach them, whichever bus carries these.

A service class says what it accepts and what it hears of. Three faces put it to work:

- `shared.bus.amqp`: one process, over RabbitMQ, on nameko;
- `shared.bus.local`: threads of one process, without a broker;
- `shared.bus.client`: the asyncio side that calls services over RabbitMQ.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from shared import log
from shared.contracts.base import Answer, Command, Event
from shared.db import Unit
from shared.errors import Broken, Refused, Unavailable
from shared.settings import Settings

MAX_ATTEMPTS = 5
"""Times a listener may fail on one event before it is a dead letter; a database that is away counts none."""
RETRY_AFTER = 1.0
"""Seconds between these attempts."""
RPC_EXCHANGE = "nameko-rpc"
"""Where commands go on RabbitMQ, and their answers."""
EVENTS_EXCHANGE = "events"
"""Where events go on RabbitMQ."""

Method = TypeVar("Method", bound=Callable[..., Any])
_log = structlog.get_logger()


class Unreadable(Exception):
    """An event that no listener expects, or that is not what its topic promises."""


def command(*kinds: type[Command[Any]]) -> Callable[[Method], Method]:
    """The method carries out each of `kinds` and returns its answer."""
    return _mark("accepts", kinds)


def on(*kinds: type[Event]) -> Callable[[Method], Method]:
    """The method is told of each of `kinds`, at least once and in any order."""
    return _mark("hears", kinds)


def every(seconds: float) -> Callable[[Method], Method]:
    """The method runs about every `seconds` in each process of the service."""
    return _mark("beats", seconds)


def _mark(what: str, value: Any) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        setattr(method, what, value)
        return method

    return mark


def attempted(attempts: int, error: BaseException) -> tuple[int, bool]:
    """After a listener failed: how many of its attempts count now, and whether the event is dead."""
    attempts += not passes(error)
    return attempts, attempts >= MAX_ATTEMPTS or isinstance(error, Unreadable)


def passes(error: BaseException) -> bool:
    """Whether the trouble is the database's: it passes, and then the same work succeeds.

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


class Service:
    """Base of every service: its name, its tables, and the clock its rules are told."""

    name: ClassVar[str]
    metadata: ClassVar[sa.MetaData]
    waiting_room: ClassVar[int] = 0
    """Commands beyond the workers that a process takes in, as they wait for CPU-bound work without a
    connection: so they keep no other command waiting."""
    accepts: ClassVar[dict[str, tuple[type[Command[Any]], str]]]
    hears: ClassVar[dict[str, tuple[type[Event], str]]]
    beats: ClassVar[dict[str, float]]

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

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if taken := vars(cls).keys() & {"carry_out", "hear", "beat"}:
            raise TypeError(f"{cls.__name__} must not redefine {', '.join(sorted(taken))}")
        methods = {name: getattr(cls, name) for name in dir(cls) if callable(getattr(cls, name))}
        accepts = [(kind, name) for name, m in methods.items() for kind in getattr(m, "accepts", ())]
        hears = [(kind, name) for name, m in methods.items() for kind in getattr(m, "hears", ())]
        for kind, name in accepts:
            if kind.receiver() != cls.name:
                raise TypeError(f"{cls.__name__}.{name} accepts {kind.address}")
        cls.accepts = {kind.address: (kind, name) for kind, name in accepts}
        cls.hears = {kind.topic: (kind, name) for kind, name in hears}
        cls.beats = {name: m.beats for name, m in methods.items() if hasattr(m, "beats")}
        if len(cls.accepts) < len(accepts) or len(cls.hears) < len(hears):
            raise TypeError(f"{cls.__name__} has two methods for one message")

    def carry_out(self, address: str, body: Any) -> dict[str, Any]:
        """Run one command; the envelope says how it went and `opened` reads it on the other side."""
        if address == f"{self.name}.ping":
            return _attempt(address, self._ping)
        try:
            kind, method = self.accepts[address]
            command = kind.model_validate(body)
        except (KeyError, ValueError) as error:
            _log.error("command_not_understood", address=address, error=log.where(error))
            return {"broken": "not understood"}
        return _attempt(address, lambda: getattr(self, method)(command).model_dump(mode="json"))

    def hear(self, topic: str, body: Any) -> None:
        """Tell the listener of an event; whatever it raises is the bus's to retry.

        Raises Unreadable where trying again would not help.
        """
        try:
            kind, method = self.hears[topic]
            event = kind.model_validate(body)
        except (KeyError, ValueError) as error:
            raise Unreadable(topic) from error
        getattr(self, method)(event)

    def beat(self, method: str) -> None:
        """Run one periodic method; a failure is logged and the next beat tries again."""
        try:
            getattr(self, method)()
        except Exception as error:
            _log.error("beat_failed", method=method, error=log.where(error))

    def _ping(self) -> dict[str, Any]:
        with self.unit() as work:
            work.conn.execute(sa.select(1))
        return {}


def opened(envelope: dict[str, Any], kind: type[Command[Answer]]) -> Answer:
    """The answer in the envelope of `Service.carry_out`, or the exception that stands for it.

    Raises Refused, Unavailable or Broken.
    """
    match envelope:
        case {"refused": refusal}:
            raise Refused(refusal["code"], refusal["detail"], field=refusal["field"], **refusal["facts"])
        case {"unavailable": reason}:
            raise Unavailable(reason)
        case {"answer": answer}:
            try:
                return kind.answer.model_validate(answer)  # type: ignore[return-value]
            except ValueError:
                raise Broken(f"{kind.address} answered in another language") from None
        case _:
            raise Broken(f"{kind.address} failed")


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
        if not passes(error) and not took_too_long:
            return {"broken": type(error).__name__}
        if took_too_long or not again:
            return {"unavailable": type(error).__name__}
    return _attempt(address, work, again=False)
