"""Microservices and the messages that reach them, whichever bus carries these.

A `shared.bus.microservice.Microservice` names its tables, its handlers and what these need. Three modules
put it to work:

- `shared.bus.amqp`: one process, over RabbitMQ, on nameko;
- `shared.bus.local`: threads of one process, without a broker;
- `shared.bus.client`: the asyncio side that calls services over RabbitMQ.

The constants and the envelope are what all of them agree on; no database and no broker is met here.
"""

from typing import Any

from shared.bus.registry import every, handles, listens
from shared.contracts.base import Answer, Command
from shared.contracts.refusals import REFUSALS
from shared.errors import Broken, Unavailable

MAX_ATTEMPTS = 5
"""Times a listener may fail on one event before it is a dead letter; a database that is away counts none."""
RETRY_AFTER = 1.0
"""Seconds between these attempts."""
RPC_EXCHANGE = "nameko-rpc"
"""The exchange of commands and their answers on RabbitMQ."""
EVENTS_EXCHANGE = "events"
"""The exchange of events on RabbitMQ."""

__all__ = ["every", "handles", "listens"]


def open_envelope(envelope: dict[str, Any], kind: type[Command[Answer]]) -> Answer:
    """Return the answer in the envelope of `Microservice.handle_command`, or raise what it stands for.

    Raises Refused, Unavailable or Broken.
    """
    match envelope:
        case {"refused": refusal}:
            if found := REFUSALS.get(refusal["code"]):
                raise found(refusal["detail"], field=refusal["field"], **refusal["facts"])
            raise Broken(f"{kind.address} refused for a reason that is not known here")
        case {"unavailable": reason}:
            raise Unavailable(reason)
        case {"answer": answer}:
            try:
                return kind.answer.model_validate(answer)  # type: ignore[return-value]
            except ValueError:
                raise Broken(f"{kind.address} answered in another language") from None
        case _:
            raise Broken(f"{kind.address} failed")
