"""Writes what is generated from the contracts, or with `--check` tells what is stale.

- `tests/contracts/schemas/<topic>.json`: the filed promise of each event; `--check` refuses a change
  that would break a reader of the same version
- `docs/asyncapi.json`: the bus, AsyncAPI 3
- `docs/openapi.json`: the gateway, OpenAPI 3.1
- `run/subscriptions.json`: the topics that each service listens to
- the event table and the picture of a request's life in `README.md`
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from gateway.app import create_app
from gateway.auth import SUBSCRIBED
from run.discovery import SUBSCRIPTIONS, import_contracts, service_classes
from services.requests.domain.life_cycle import MOVES
from shared.bus import topology
from shared.bus.client import AmqpBus
from shared.contracts.base import COMMANDS, EVENTS

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "tests" / "contracts" / "schemas"

import_contracts()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    broken = [fault for topic in EVENTS for fault in breaks_of(topic)]
    if broken:
        sys.exit("\n".join([*broken, "Readers of this version would break: publish a new one beside it."]))
    stale = []
    for path, text in generated().items():
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if check and stale:
        sys.exit(f"stale, run `make contracts`: {', '.join(stale)}")
    print(f"{len(EVENTS)} events, {len(COMMANDS)} commands: {'fresh' if not stale else 'written'}")


def generated() -> dict[Path, str]:
    """Every generated file with what it should hold."""
    readme = ROOT / "README.md"
    return {
        **{SCHEMAS / f"{topic}.json": _json(schema(topic)) for topic in EVENTS},
        ROOT / "docs" / "asyncapi.json": _json(asyncapi()),
        ROOT / "docs" / "openapi.json": _json(openapi()),
        SUBSCRIPTIONS: _json(topology.subscriptions(service_classes().values())),
        readme: _filled(readme.read_text(), {"events": event_table(), "life cycle": life_cycle()}),
    }


def schema(topic: str) -> dict[str, Any]:
    """Return the schema that a reader of this event may rely on."""
    return EVENTS[topic].model_json_schema(mode="serialization")


def breaks(filed: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return each way in which `now` breaks a reader that was written for `filed`.

    Optional additions are the only change within a version; descriptions may change freely.
    """
    was, still = filed["properties"], now["properties"]
    gone = [f"{name} changed or vanished" for name in was if _bare(was[name]) != _bare(still.get(name))]
    within = {name: _bare(each) for name, each in filed.get("$defs", {}).items()}
    gone += [
        f"{name} changed or vanished"
        for name in within
        if within[name] != _bare(now.get("$defs", {}).get(name))
    ]
    added = set(now["required"]) - set(filed["required"])
    lost = set(filed["required"]) - set(now["required"])
    return [
        *gone,
        *(f"{name} became required" for name in sorted(added)),
        *(f"{name} is no longer always there" for name in sorted(lost)),
    ]


def breaks_of(topic: str) -> list[str]:
    """`breaks` against the filed schema of `topic`; none where nothing is filed yet."""
    path = SCHEMAS / f"{topic}.json"
    if not path.exists():
        return []
    return [f"{topic}: {fault}" for fault in breaks(json.loads(path.read_text()), schema(topic))]


def asyncapi() -> dict[str, Any]:
    """The events on the exchange `events`, AsyncAPI 3.0."""
    channels, operations, messages = {}, {}, {}
    for topic, event in sorted(EVENTS.items()):
        name = event.__name__
        messages[name] = {"name": topic, "contentType": "application/json", "payload": schema(topic)}
        channels[topic] = {
            "address": topic,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "events", "type": "topic"}}},
        }
        operations[f"{event.publisher()}.publish.{name}"] = _operation("send", topic)
        for listener in _listeners(topic):
            operations[f"{listener}.hear.{name}"] = _operation("receive", topic)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "HealthConnect events", "version": "0.2.0"},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def openapi() -> dict[str, Any]:
    """The gateway's own description."""
    bus = AmqpBus("amqp://nowhere/", answer_within=1)  # never connected: the description needs no answer
    return create_app(bus).openapi()


def event_table() -> str:
    """Return the README's table of events, with their publishers and listeners."""
    rows = ["| event | published by | listeners | fields |", "|---|---|---|---|"]
    for topic, event in sorted(EVENTS.items()):
        said = ", ".join(f"`{name}`" for name in event.model_fields if name not in _ENVELOPE)
        rows.append(f"| `{topic}` | {event.publisher()} | {', '.join(_listeners(topic))} | {said} |")
    return "\n".join(rows) + "\n"


def life_cycle() -> str:
    """Return the picture of a request's life in Mermaid, drawn from its moves."""
    arrows = [f"    {before} --> {after}: {verb}" for (before, verb), after in MOVES.items()]
    begins = {before for before, _ in MOVES}
    ends = [f"    {status} --> [*]" for status in dict.fromkeys(MOVES.values()) if status not in begins]
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> pending: submit", *arrows, *ends, "```"]
    return "\n".join(lines) + "\n"


def _filled(text: str, parts: dict[str, str]) -> str:
    """Return the text with each part between its marks, `<!-- name -->` and `<!-- /name -->`."""
    for name, part in parts.items():
        head, _, rest = text.partition(f"<!-- {name} -->\n")
        text = f"{head}<!-- {name} -->\n{part}<!-- /{name} -->{rest.partition(f'<!-- /{name} -->')[2]}"
    return text


_ENVELOPE = {"event_id", "occurred_at", "version"}


def _listeners(topic: str) -> list[str]:
    services = [name for name, service in service_classes().items() if topic in service.listeners]
    return [*services, *(["gateway"] if topic in SUBSCRIBED else [])]


def _operation(action: str, topic: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic}"}}


def _bare(value: object) -> object:
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key not in {"title", "description"}}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
