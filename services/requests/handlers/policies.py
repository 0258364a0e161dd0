"""Policies of practices."""

from services.requests import store
from services.requests.domain import policy
from services.requests.domain.versions import stale
from services.requests.operations.access import practice, refuse_erased
from services.requests.operations.views import policy_view
from shared.bus import handles
from shared.contracts.requests.policies import GetPolicy, PolicyView, SetPolicy
from shared.db import Unit


@handles(SetPolicy)
def put(unit: Unit, command: SetPolicy) -> PolicyView:
    with unit() as work:
        refuse_erased(work, person_id=command.by)
        practice_id = practice(work, command.clinic_id, by=command.by, role=command.role, owner=True)
        before = store.policies.policy_of(work, practice_id)
        after = policy.change(before, command)
        if after != before and not store.policies.put_policy(work, after):
            latest = store.policies.policy_of(work, practice_id)
            if latest != after:
                raise stale("policy", latest.version)
    return policy_view(after)


@handles(GetPolicy)
def get(unit: Unit, command: GetPolicy) -> PolicyView:
    with unit() as work:
        return policy_view(store.policies.policy_of(work, command.practice_id))
