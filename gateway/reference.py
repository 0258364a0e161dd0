"""Completes the API description for app makers: servers, tags, public operations and named enums."""

from functools import cache
from typing import Any, get_args

from fastapi import FastAPI

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
    "Outcome": of_requests.Outcome,
    "OverrideKind": hours.ExceptionKind,
    "OwnRole": of_accounts.OwnRole,
    "ProposalState": of_requests.ProposalState,
    "Relationship": people.Relationship,
    "RequestStatus": of_requests.Status,
    "Role": of_accounts.Role,
    "ServiceKind": of_requests.ServiceKind,
    "Side": of_requests.Side,
    "Specialty": directory.Specialty,
    "TicketRole": tickets.TicketRole,
    "TicketTopic": tickets.Topic,
    "Weekday": of_requests.Weekday,
}


def complete(app: FastAPI) -> None:
    """Complete the description of `app`; what is sent stays as it is."""
    generated = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        found = generated()
        names = {get_args(values): name for name, values in _ENUMS.items()}
        described = {key: _named(found[key], names) for key in ("paths", "components")}
        for operations in described["paths"].values():
            for operation in operations.values():
                operation.setdefault("security", [])
        described["components"]["schemas"] |= {
            name: {"type": "string", "enum": list(values)} for values, name in names.items()
        }
        tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
        return {**found, **described, "servers": [{"url": "/"}], "tags": tags}

    app.openapi = openapi  # type: ignore[method-assign]


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
