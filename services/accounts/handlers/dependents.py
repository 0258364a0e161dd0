"""People a patient acts for."""

from dataclasses import replace

from services.accounts.domain import limits
from services.accounts.domain.person import found, settle
from services.accounts.operations.views import dependent_view
from services.accounts.store import people
from services.accounts.store.people import Dependent
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.people import (
    AddDependent,
    ChangeDependent,
    DependentsView,
    DependentView,
    ListDependents,
    RemoveDependent,
)
from shared.contracts.base import Done
from shared.db import Unit


@handles(AddDependent)
def add(unit: Unit, command: AddDependent) -> DependentView:
    new = Dependent(
        id=command.dependent_id,
        person_id=command.person_id,
        version=1,
        name=command.name,
        relationship=command.relationship,
        born_on=command.born_on,
    )
    with unit() as work:
        found(people.find(work, command.person_id, to_change=True))
        if people.find_dependent(work, new.id) is None:
            limits.check_limit("dependents", len(people.dependents_of(work, command.person_id)))
        if not people.add_dependent(work, new):
            known = people.find_dependent(work, new.id)
            if known is None or replace(known, version=1) != new:
                raise refusals.IdempotencyKeyReused()
            new = known
    return dependent_view(new)


@handles(ChangeDependent)
def change(unit: Unit, command: ChangeDependent) -> DependentView:
    with unit() as work:
        before = people.find_dependent(work, command.dependent_id)
        if before is None or before.person_id != command.person_id:
            raise refusals.UnknownDependent("You have no dependent with this id.")
        wanted = replace(
            before,
            version=command.version + 1,
            name=command.name,
            relationship=command.relationship,
            born_on=command.born_on,
        )
        after = settle(before, wanted, seen=command.version)
        if after != before:
            people.save_dependent(work, after)
    return dependent_view(after)


@handles(RemoveDependent)
def remove(unit: Unit, command: RemoveDependent) -> Done:
    with unit() as work:
        people.remove_dependent(work, command.dependent_id, command.person_id)
    return Done()


@handles(ListDependents)
def list_all(unit: Unit, command: ListDependents) -> DependentsView:
    with unit() as work:
        hers = people.dependents_of(work, command.person_id)
    return DependentsView(dependents=[dependent_view(each) for each in hers])
