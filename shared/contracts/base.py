"""The shape of every message that crosses a process boundary.

A contract lives in the module or package named after the service that owns it: the service a command is
addressed to, or the one an event is published by. Names on the wire follow from that name and the class name.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID, uuid5

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    StrictInt,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.contracts.refusals import snake_case

_NOT_ON_LINES = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
StoredLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=f"^[^{_NOT_ON_LINES}]*$")]
"""Text on one line in an answer: it may be older than today's rules, so it is not checked again."""
_LITERAL = f"^([^={_NOT_ON_LINES}]|=+[^=?{_NOT_ON_LINES}])*=*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=_LITERAL)]
"""Text on one line that somebody enters. `=?` is refused: it begins an encoded word (RFC 2047), which mail
programs read as other text than stands there."""
Prose = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]
"""Text with line breaks."""
TimeZone = Annotated[Line, Field(min_length=1, max_length=64)]
"""A name of the IANA time zone database."""

COMMANDS: dict[str, type["Command[Any]"]] = {}
EVENTS: dict[str, type["Event"]] = {}


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def text_like(kind: str, pattern: str, example: str) -> BeforeValidator:
    """Return a validator of values that are entered as text of one form only; others are of no `kind`."""

    def check(value: Any) -> Any:
        if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII)):
            return value
        raise PydanticCustomError(f"{kind}_type", "must be text such as {example}", {"example": example})

    return BeforeValidator(check)


_INSTANT = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)?"
Instant = Annotated[AwareDatetime, text_like("datetime", _INSTANT, "2027-03-01T09:00:00+01:00")]
"""RFC 3339 with an offset, where somebody enters it."""
Day = Annotated[date, text_like("date", r"\d{4}-\d\d-\d\d", "2027-03-01")]
"""A local date that somebody enters."""


class Message(BaseModel):
    """Frozen data; unknown fields are ignored, so that old readers survive new writers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of(cls, given: object, **rest: Any) -> Self:
        """Build the message from the attributes of `given` that it has as fields, and from `rest`."""
        names = [name for name in cls.model_fields if name not in rest and hasattr(given, name)]
        fields = {name: getattr(given, name) for name in names} | rest
        return cls.model_validate(fields, from_attributes=True)


class Done(Message):
    """The answer where there is nothing to tell."""


class Money(Message):
    """An amount in minor units, such as cents, of a currency by its code in ISO 4217."""

    amount_minor: StrictInt = Field(ge=0, le=10**9)
    currency: str = Field(pattern="^[A-Z]{3}$")


Limit = Annotated[int, Field(ge=1, le=100, description="Rows on the page.")]


class Page(Message):
    """The part of a list that is asked for."""

    cursor: str | None = Field(None, max_length=1500, description="`next_cursor` of the page before.")
    limit: Limit = 50


class OpenOnly(Page):
    open_only: bool = False


Answer = TypeVar("Answer", bound=Message)


class Command(Message, Generic[Answer]):
    """A command addressed to one service, which answers with an `Answer` or refuses.

    `class SubmitRequest(Command[RequestView])` in `contracts/requests.py` travels as
    `requests.submit_request`.
    """

    address: ClassVar[str]
    answer: ClassVar[type[Message]]
    refuses: ClassVar[str] = ""
    """The codes of the refusals that this command may be answered with, separated by spaces."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__pydantic_generic_metadata__["origin"] or cls.__name__.startswith("_"):
            return  # `Command[RequestView]` itself, or a class that only lends its fields
        cls.address = f"{_owner(cls)}.{snake_case(cls.__name__)}"
        cls.answer = next(
            base.__pydantic_generic_metadata__["args"][0]
            for base in cls.__mro__
            if issubclass(base, Command) and base.__pydantic_generic_metadata__["args"]
        )
        _register(COMMANDS, cls.address, cls)

    @classmethod
    def receiver(cls) -> str:
        """The service this command is addressed to."""
        return cls.address.partition(".")[0]


class Event(Message):
    """A fact a service states about one of its aggregates, published once for each version.

    `RequestSubmitted` of requests has the topic `requests.request_submitted.v1`; a class whose name ends
    in `V2` is published beside it. `subject` names the field that holds the aggregate's id. The event's
    own id follows from topic, aggregate and version, so stating a fact again gives the same id.
    """

    topic: ClassVar[str]
    subject: ClassVar[str]

    event_id: UUID = Field(UUID(int=0), json_schema_extra=_without_default)
    """Never left so: see `_identify`."""
    occurred_at: AwareDatetime
    version: PositiveInt

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__name__.startswith("_"):
            return
        name, major = re.fullmatch(r"(.+?)(?:V(\d+))?", cls.__name__).groups("1")  # type: ignore[union-attr]
        cls.topic = f"{_owner(cls)}.{snake_case(name)}.v{major}"
        _register(EVENTS, cls.topic, cls)

    @model_validator(mode="before")
    @classmethod
    def _identify(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "event_id" in data or cls.subject not in data:
            return data
        aggregate = UUID(str(data[cls.subject]))
        return {**data, "event_id": uuid5(aggregate, f"{cls.topic}/{data.get('version')}")}

    @classmethod
    def publisher(cls) -> str:
        """The service that states this fact."""
        return cls.topic.partition(".")[0]


def _owner(cls: type) -> str:
    """`shared.contracts.accounts.people` belongs to accounts, as `shared.contracts.notify` does to notify."""
    within = cls.__module__.partition("contracts.")[2]
    return within.partition(".")[0] or cls.__module__.rpartition(".")[2]


def _register(registry: dict[str, Any], name: str, cls: type) -> None:
    if registry.setdefault(name, cls) is not cls:
        raise TypeError(f"two classes claim {name}")
