"""Professionals in the directory, and those who look for one."""

from typing import Any
from uuid import UUID, uuid4

from services.accounts.handlers import directory
from shared.contracts.accounts.directory import (
    DirectoryEntryView,
    FindProfessionals,
    GetDirectoryEntry,
    ProfessionalView,
    PublishDirectoryEntry,
)
from shared.contracts.accounts.people import AccountView
from shared.contracts.requests.services import ServiceOffered
from tests.accounts.steps import NOW, House

ROME = {"latitude": 41.8902, "longitude": 12.4922, "address": "Piazza del Colosseo"}
OSTIA = {"latitude": 41.7300, "longitude": 12.2800, "address": "Ostia"}  # 25 km from there
MILAN = {"latitude": 45.4642, "longitude": 9.1900, "address": "Piazza del Duomo"}


def here(place: dict[str, Any]) -> dict[str, float]:
    return {name: place[name] for name in ("latitude", "longitude")}


def page(house: House, professional_id: UUID) -> DirectoryEntryView:
    return directory.get(house.unit, GetDirectoryEntry(professional_id=professional_id))


def publish(house: House, who: AccountView, **changes: Any) -> DirectoryEntryView:
    command = page(house, who.account_id).model_dump() | changes
    return directory.publish(house.unit, PublishDirectoryEntry.model_validate(command))


def professional(house: House, name: str, number: int = 0, **changes: Any) -> AccountView:
    made = house.register(name, "professional", email=f"p{number}-{uuid4().hex}@example.org")
    if changes:
        publish(house, made, **changes)
    return made


def offers(
    house: House, who: AccountView, kind: str, mode: str = "in_person", **changes: Any
) -> ServiceOffered:
    fields = {"occurred_at": NOW, "version": 1, "service_id": uuid4(), "professional_id": who.account_id}
    event = ServiceOffered.model_validate(fields | {"kind": kind, "mode": mode} | changes)
    directory.note_service(house.unit, event)
    return event


def find(house: House, **wanted: Any) -> list[ProfessionalView]:
    return directory.find(house.unit, FindProfessionals.model_validate(wanted)).professionals


def names(house: House, **wanted: Any) -> list[str]:
    return [each.name for each in find(house, **wanted)]
