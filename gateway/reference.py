"""Completes the API description for app makers: servers, tags, public operations and named enums."""

import json
from pathlib import Path
from typing import Any, get_args

from shared.contracts import notify
from shared.contracts.accounts import clinics, directory, people, recovery, tickets
from shared.contracts.accounts import values as of_accounts
from shared.contracts.requests import hours, policies
from shared.contracts.requests import values as of_requests

_TAGS = {
    "health": "Check that the API and its services answer.",
    "accounts": "Register, and manage your profile and the people you act for.",
    "sessions": "Sign in, stay signed in, and sign out.",
    "security": "Manage passwords, authenticator apps, passkeys and the address of an account.",
    "patients": "See the patients of a practice.",
    "directory": "Find professionals, and publish a directory entry.",
    "clinics": "Manage clinics, their members and invitations.",
    "hours": "Manage locations, hours, services, policies and booking settings, and find free slots.",
    "requests": "Ask for appointments, and decide on requests.",
    "calendars": "Add appointments to a calendar, and join video calls.",
    "guests": "Ask for appointments without an account.",
    "inbox": "Read status changes of your requests.",
    "deletion": "Close an account and erase its data.",
    "support": "Write to support, and answer messages.",
    "pages": "Read help, privacy and terms.",
    "problems": "Look up what the code of a problem means.",
}
_ENUMS: dict[str, Any] = {
    "AppointmentMode": of_requests.AppointmentMode,
    "BookingMode": of_requests.BookingMode,
    "ClinicRole": of_accounts.ClinicRole,
    "DeclineReason": of_requests.DeclineReason,
    "DeviceType": tickets.DeviceType,
    "InboxKind": notify.Kind,
    "InvitationState": clinics.InvitationState,
    "LateChange": policies.Late,
    "LinkKind": recovery.LinkKind,
    "AppointmentOutcome": of_requests.Outcome,
    "OverrideKind": hours.ExceptionKind,
    "OwnRole": of_accounts.OwnRole,
    "ProposalState": of_requests.ProposalState,
    "Relationship": people.Relationship,
    "RequestStatus": of_requests.Status,
    "Role": of_accounts.Role,
    "ServiceKind": of_requests.ServiceKind,
    "AppointmentSide": of_requests.Side,
    "Specialty": directory.Specialty,
    "TicketRole": tickets.TicketRole,
    "TicketTopic": tickets.Topic,
    "Weekday": of_requests.Weekday,
}


def complete(found: dict[str, Any]) -> dict[str, Any]:
    """Return the completed API description; what is sent stays as it is."""
    names = {get_args(values): name for name, values in _ENUMS.items()}
    described = {key: _named(found[key], names) for key in ("paths", "components")}
    components = described["components"]
    components["schemas"] |= {
        name: {"type": "string", "enum": list(values)} for values, name in names.items()
    }
    dictionary = Dictionary(components["schemas"])
    dictionary.describe_fields()
    _settle_presence(described)
    operations = [each for path in described["paths"].values() for each in path.values()]
    for operation in operations:
        operation.setdefault("security", [])
        dictionary.describe_operation(operation)
    components["examples"] = dict(sorted(dictionary.examples.items()))
    tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
    return {**found, **described, "servers": [{"url": "/"}], "tags": tags}


class Dictionary:
    """The meaning and an example of each field, by `Model.field` or else by `field`, from `dictionary.json`.

    What is said at the field itself comes before what holds for `field` everywhere.
    """

    def __init__(self, schemas: dict[str, Any]) -> None:
        found = json.loads((Path(__file__).parent / "dictionary.json").read_text())
        self.fields, self.operations, self.media = found["fields"], found["operations"], found["media"]
        self.schemas = schemas
        self.examples: dict[str, Any] = {}

    def describe_fields(self) -> None:
        for name, schema in self.schemas.items():
            for field, part in schema.get("properties", {}).items():
                self._describe(part, name, field)

    def describe_operation(self, operation: dict[str, Any]) -> None:
        """Describe the parameters, and refer to an example of what is sent and of each success."""
        for parameter in operation.get("parameters", ()):
            self._describe(parameter, operation["operationId"], parameter["name"])
            parameter["schema"].pop("title", None)
        answers = [each for status, each in operation["responses"].items() if status.startswith("2")]
        for part in (operation.get("requestBody", {}), *answers):
            for media, content in part.get("content", {}).items():
                changed = self.operations.get(operation["operationId"], {}) if part in answers else {}
                name = self._example(media, content["schema"], changed, operation["operationId"])
                content["examples"] = {"success": {"$ref": f"#/components/examples/{name}"}}

    def _describe(self, part: dict[str, Any], model: str, field: str) -> None:
        part.pop("title", None)
        for known in (part, self.fields.get(f"{model}.{field}", {}), self.fields.get(field, {})):
            if "description" in known:
                part["description"] = known["description"]
                break

    def _example(self, media: str, schema: dict[str, Any], changed: dict[str, Any], operation: str) -> str:
        """Keep an example of the schema, with what is `changed` in this operation, and return its name."""
        if "$ref" not in schema:
            name = media.replace("/", "-")
            self.examples[name] = {"value": self.media.get(name)}
            return name
        model = schema["$ref"].rpartition("/")[2]
        name = operation if changed else model
        self.examples[name] = {"value": self._object(model) | changed}
        return name

    def _object(self, model: str) -> dict[str, Any]:
        fields = self.schemas[model].get("properties", {})
        return {field: self._value(model, field, part) for field, part in fields.items()}

    def _value(self, model: str, field: str, part: dict[str, Any]) -> Any:
        here = {"example": part["examples"][0]} if "examples" in part else {}
        for known in (self.fields.get(f"{model}.{field}", {}), here, self.fields.get(field, {})):
            if "example" in known:
                return known["example"]
        return self._of(part)

    def _of(self, part: dict[str, Any]) -> Any:
        if "$ref" in part:
            model = part["$ref"].rpartition("/")[2]
            return self._of(self.schemas[model]) if "enum" in self.schemas[model] else self._object(model)
        if "items" in part:
            return [self._of(part["items"])]
        return self._of(part["anyOf"][0]) if "anyOf" in part else next(iter(part.get("enum", ())), None)


def _settle_presence(described: dict[str, Any]) -> None:
    """Require every field of an answer, and tell the default of a field of a body in words.

    Generators of clients take a field with a `default` for one that is always sent.
    """
    schemas = {
        name: each for name, each in described["components"]["schemas"].items() if "properties" in each
    }
    operations = [each for path in described["paths"].values() for each in path.values()]
    sent = _reached([each.get("requestBody") for each in operations], schemas)
    answers = [each for one in operations for status, each in one["responses"].items() if status < "300"]
    for name in sent | _reached(answers, schemas):
        fields = schemas[name]["properties"]
        if name not in sent:
            schemas[name]["required"] = list(fields)
        for part in fields.values():
            default = part.pop("default", None)
            if name in sent and default not in (None, "", []) and not isinstance(default, dict):
                told = default if isinstance(default, str) else json.dumps(default)
                part["description"] += f" `{told}` if left out."


def _reached(part: Any, schemas: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that `part` refers to, at any depth."""
    if isinstance(part, list):
        return set().union(*(_reached(each, schemas) for each in part))
    if not isinstance(part, dict):
        return set()
    name = str(part.get("$ref", "")).rpartition("/")[2]
    inner = _reached(list(part.values()), schemas)
    return inner | {name} | _reached(schemas[name], schemas) if name in schemas else inner


def _named(part: Any, names: dict[tuple[str, ...], str]) -> Any:
    """Return a copy of `part` in which a known enum is a reference to its name."""
    if isinstance(part, list):
        return [_named(each, names) for each in part]
    if not isinstance(part, dict):
        return part
    name = names.get(tuple(part["enum"])) if isinstance(part.get("enum"), list) else None
    if name is None:
        return {key: _named(each, names) for key, each in part.items()}
    kept = {key: each for key, each in part.items() if key not in ("type", "enum", "title")}
    return {"$ref": f"#/components/schemas/{name}", **kept}
