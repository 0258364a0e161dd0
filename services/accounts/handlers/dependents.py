"""Dependents: the people a patient acts for."""

from services.accounts.domain import dependent, limits
from services.accounts.operations import lookups
from services.accounts.store import people
from shared.bus import handles
from shared.contracts.accounts import people as api
from shared.contracts.base import Done
from shared.db import Unit


@handles(api.AddDependent)
def add(unit: Unit, command: api.AddDependent) -> api.DependentView:
    new = dependent.add(command)
    with unit() as work:
        lookups.find_person(work, command.person_id, to_change=True)
        if people.find_dependent(work, new.id, to_change=True) is None:
            limits.check_limit("dependents", len(people.dependents_of(work, command.person_id)))
        if not people.add_dependent(work, new):
            new = dependent.check_repeat(people.find_dependent(work, new.id, to_change=True), new)
    return api.DependentView.of(new, dependent_id=new.id)


@handles(api.ChangeDependent)
def change(unit: Unit, command: api.ChangeDependent) -> api.DependentView:
    with unit() as work:
        before = people.find_dependent(work, command.dependent_id, to_change=True)
        after = dependent.change(before, command)
        if after != before:
            people.save_dependent(work, after)
    return api.DependentView.of(after, dependent_id=after.id)


@handles(api.RemoveDependent)
def remove(unit: Unit, command: api.RemoveDependent) -> Done:
    with unit() as work:
        people.remove_dependent(work, command.dependent_id, command.person_id)
    return Done()


@handles(api.ListDependents)
def list_all(unit: Unit, command: api.ListDependents) -> api.DependentsView:
    with unit() as work:
        known = people.dependents_of(work, command.person_id)
    return api.DependentsView(dependents=[api.DependentView.of(each, dependent_id=each.id) for each in known])
