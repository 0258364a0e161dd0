"""Policies of practices: set by an owner, and shown to everybody."""

from services.requests import store
from services.requests.domain import policy, versions
from services.requests.operations import access, views
from shared.bus import handles
from shared.contracts.requests.policies import AppointmentPolicy, GetPolicy, SetPolicy
from shared.db import Unit


@handles(SetPolicy)
def set_policy(unit: Unit, command: SetPolicy) -> AppointmentPolicy:
    with unit() as work:
        access.refuse_erased(work, person_id=command.by)
        practice_id = access.practice(work, command.clinic_id, by=command.by, role=command.role, owner=True)
        before = store.policies.policy_of(work, practice_id)
        after = policy.change(before, command)
        if after != before and not store.policies.put_policy(work, after):
            latest = store.policies.policy_of(work, practice_id)
            if latest != after:
                raise versions.stale("policy", latest.version)
    return views.policy_view(after)


@handles(GetPolicy)
def get_policy(unit: Unit, command: GetPolicy) -> AppointmentPolicy:
    with unit() as work:
        return views.policy_view(store.policies.policy_of(work, command.practice_id))
