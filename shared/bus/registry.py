"""Handlers register themselves where they are written, and a microservice collects them by package.

    @handles(SubmitRequest)
    def submit(unit: Unit, command: SubmitRequest, *, tools: Tools, now: datetime) -> RequestView: ...

A handler takes the unit of work, its message, and by name whatever else its keyword-only parameters ask
for: an attribute of the microservice (`now`, `tools`), or a fresh UUID where the name ends in `_id`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar
from uuid import uuid4

from shared.contracts.base import Command, Event

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "__healthconnect__"


@dataclass(frozen=True)
class Handler:
    """A registered function, with the commands, the events or the period that it is for."""

    function: Callable[..., Any]
    commands: Sequence[type[Command[Any]]] = ()
    events: Sequence[type[Event]] = ()
    seconds: float | None = None
    needs: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        parameters = inspect.signature(self.function).parameters.values()
        object.__setattr__(self, "needs", tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY))

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    def __call__(self, microservice: Any, *message: Any) -> Any:
        given = {
            need: uuid4() if need.endswith("_id") else getattr(microservice, need) for need in self.needs
        }
        return self.function(microservice.unit, *message, **given)


def handles(*commands: type[Command[Any]]) -> Callable[[Function], Function]:
    """Register a function that handles each of `commands` and returns its answer."""
    return _register(commands=commands)


def listens(*events: type[Event]) -> Callable[[Function], Function]:
    """Register a function that receives each of `events`, at least once and in any order."""
    return _register(events=events)


def every(seconds: float) -> Callable[[Function], Function]:
    """Register a function that runs about every `seconds` in each process of the microservice."""
    return _register(seconds=seconds)


def _register(**given: Any) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        setattr(function, _MARK, Handler(function, **given))
        return function

    return register


def registered(handlers: ModuleType) -> list[Handler]:
    """Return the handlers of a module, or of all modules of a package."""
    return [
        vars(value)[_MARK]
        for module in _modules(handlers)
        for value in vars(module).values()
        if inspect.isfunction(value) and _MARK in vars(value) and value.__module__ == module.__name__
    ]


def _modules(handlers: ModuleType) -> Iterator[ModuleType]:
    yield handlers
    for found in pkgutil.iter_modules(getattr(handlers, "__path__", ())):
        yield importlib.import_module(f"{handlers.__name__}.{found.name}")
