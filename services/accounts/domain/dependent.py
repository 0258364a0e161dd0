"""Dependents: the people whom a patient acts for."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.accounts.domain.person import settle
from shared.contracts.accounts import refusals
from shared.contracts.accounts.people import AddDependent, ChangeDependent


@dataclass(frozen=True, kw_only=True)
class Dependent:
    id: UUID
    person_id: UUID
    version: int
    name: str
    relationship: str
    born_on: date | None


def add(command: AddDependent) -> Dependent:
    return Dependent(
        id=command.dependent_id,
        person_id=command.person_id,
        version=1,
        name=command.name,
        relationship=command.relationship,
        born_on=command.born_on,
    )


def check_repeat(known: Dependent | None, new: Dependent) -> Dependent:
    """Return the dependent who was added before as `new`. Refuses `idempotency_key_reused`."""
    if known is None or replace(known, version=1) != new:
        raise refusals.IdempotencyKeyReused()
    return known


def change(known: Dependent | None, command: ChangeDependent) -> Dependent:
    """Refuses `unknown_dependent`, and as `settle` does."""
    if known is None or known.person_id != command.person_id:
        raise refusals.UnknownDependent("You have no dependent with this id.")
    after = replace(
        known,
        version=command.version + 1,
        name=command.name,
        relationship=command.relationship,
        born_on=command.born_on,
    )
    return settle(known, after, seen=command.version)
