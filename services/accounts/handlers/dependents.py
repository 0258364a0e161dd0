"""People a patient acts for."""

from dataclasses import replace

from services.accounts.domain import limits
from services.accounts.domain.person import found, settled
from services.accounts.store import people
from services.accounts.store.people import Dependent
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
from shared.errors import Refused, key_reused


def add(unit: Unit, demand: AddDependent) -> DependentView:
    new = Dependent(
        id=demand.dependent_id,
        person_id=demand.person_id,
        version=1,
        name=demand.name,
        relationship=demand.relationship,
        born_on=demand.born_on,
    )
    with unit() as work:
        found(people.find(work, demand.person_id, to_change=True))
        if people.find_dependent(work, new.id) is None:
            limits.refuse_more("dependents", len(people.dependents_of(work, demand.person_id)))
        if not people.add_dependent(work, new):
            known = people.find_dependent(work, new.id)
            if known is None or replace(known, version=1) != new:
                raise key_reused()
            new = known
    return dependent_view(new)


def change(unit: Unit, demand: ChangeDependent) -> DependentView:
    with unit() as work:
        before = people.find_dependent(work, demand.dependent_id)
        if before is None or before.person_id != demand.person_id:
            raise Refused("unknown_dependent", "You act for nobody with this id.")
        wanted = replace(
            before,
            version=demand.version + 1,
            name=demand.name,
            relationship=demand.relationship,
            born_on=demand.born_on,
        )
        after = settled(before, wanted, seen=demand.version)
        if after != before:
            people.save_dependent(work, after)
    return dependent_view(after)


def remove(unit: Unit, demand: RemoveDependent) -> Done:
    with unit() as work:
        people.remove_dependent(work, demand.dependent_id, demand.person_id)
    return Done()


def list_all(unit: Unit, demand: ListDependents) -> DependentsView:
    with unit() as work:
        hers = people.dependents_of(work, demand.person_id)
    return DependentsView(dependents=[dependent_view(each) for each in hers])


def dependent_view(dependent: Dependent) -> DependentView:
    return DependentView(
        dependent_id=dependent.id,
        version=dependent.version,
        name=dependent.name,
        relationship=dependent.relationship,
        born_on=dependent.born_on,
    )
