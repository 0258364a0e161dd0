"""Policies of practices."""

from services.requests import store
from services.requests.domain import policy
from services.requests.domain.policy import Policy
from services.requests.domain.versions import stale
from services.requests.handlers.desks import practice
from services.requests.handlers.erasure import refuse_erased
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
    return view(after)


@handles(GetPolicy)
def get(unit: Unit, command: GetPolicy) -> PolicyView:
    with unit() as work:
        return view(store.policies.policy_of(work, command.practice_id))


def view(found: Policy) -> PolicyView:
    return PolicyView(practice_id=found.practice_id, version=found.version, **dict(found.settings))
