"""Published contracts keep their promises."""

import copy
from typing import Any
from uuid import UUID, uuid5

import pytest

from deploy import contracts
from shared.contracts.base import COMMANDS, EVENTS, Command, Event, Message
from tests.notify.test_handlers import fact

TOPIC = "requests.request_submitted.v1"


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_an_event_keeps_what_it_promised(topic: str) -> None:
    assert (contracts.SCHEMAS / f"{topic}.json").exists()
    assert contracts.breaks_of(topic) == []


def test_every_filed_schema_still_has_a_class() -> None:
    assert {path.stem for path in contracts.SCHEMAS.glob("*.json")} == set(EVENTS)


def test_what_is_generated_is_fresh() -> None:
    for path, text in contracts.generated().items():
        assert path.read_text() == text, f"{path.name} is stale: run `make contracts`"


def removed(schema: dict[str, Any]) -> None:
    del schema["properties"]["patient_id"]
    schema["required"].remove("patient_id")


def renamed(schema: dict[str, Any]) -> None:
    schema["properties"]["client_id"] = schema["properties"].pop("patient_id")


def retyped(schema: dict[str, Any]) -> None:
    schema["properties"]["starts_at"] = {"type": "integer"}


def newly_required(schema: dict[str, Any]) -> None:
    schema["properties"]["location_id"] = {"type": "string"}
    schema["required"].append("location_id")


def no_longer_there(schema: dict[str, Any]) -> None:
    schema["required"].remove("ends_at")


@pytest.mark.parametrize("change", [removed, renamed, retyped, newly_required, no_longer_there])
def test_a_change_that_breaks_readers_is_noticed(change: Any) -> None:
    changed = copy.deepcopy(contracts.schema(TOPIC))
    change(changed)
    assert contracts.breaks(contracts.schema(TOPIC), changed)


def test_an_optional_addition_breaks_nobody() -> None:
    changed = copy.deepcopy(contracts.schema(TOPIC))
    changed["properties"]["location_id"] = {"type": "string"}
    changed["properties"]["patient_id"]["description"] = "better words"
    assert contracts.breaks(contracts.schema(TOPIC), changed) == []


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_events_carry_ids_times_states_and_amounts_only(topic: str) -> None:
    """No names, no free text, no contact data: a string has a format, or a closed list of values."""
    schema = contracts.schema(topic)
    assert set(schema.get("$defs", {})) <= {"Money"}
    for name, field in schema["properties"].items():
        for each in [kind for kind in field.get("anyOf", [field]) if kind != {"type": "null"}]:
            each = each.get("items", each)
            harmless = each.get("format") in {"uuid", "date-time"} or {"enum", "const", "$ref"} & each.keys()
            assert harmless or each["type"] in {"integer", "boolean"}, f"{topic} carries {name}"


def test_an_event_that_is_stated_again_has_the_same_id() -> None:
    assert fact().event_id == fact().event_id == uuid5(UUID(int=9), f"{TOPIC}/1")
    assert fact(version=2).event_id != fact().event_id
    assert EVENTS[TOPIC].model_validate(fact().model_dump(mode="json")) == fact()


def test_readers_ignore_what_they_do_not_know() -> None:
    body = fact().model_dump(mode="json") | {"new_field": 1}
    assert EVENTS[TOPIC].model_validate(body) == fact()


def test_two_classes_cannot_claim_one_name() -> None:
    body = {"__module__": "shared.contracts.requests", "__annotations__": {}}
    with pytest.raises(TypeError, match="two classes claim"):
        type("RequestSubmitted", (Event,), body)
    with pytest.raises(TypeError, match="two classes claim"):
        type("SubmitRequest", (Command[Message],), body)


def test_addresses_and_topics_follow_from_names() -> None:
    assert COMMANDS["requests.submit_request"].receiver() == "requests"
    assert EVENTS[TOPIC].publisher() == "requests"
