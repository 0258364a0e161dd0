"""Clinics as accounts tells of them, and who acts for a professional by that."""

from uuid import UUID

from services.requests import store
from services.requests.domain import desk
from shared.contracts.accounts.clinics import MembershipChanged
from shared.db import Unit, Work


def learn(unit: Unit, event: MembershipChanged) -> None:
    with unit() as work:
        if work.first_sight(event, "learn"):
            store.desks.put(work, desk.told(event))


def may_act_for(work: Work, professional_id: UUID, *, by: UUID) -> None:
    """Refuses `not_yours` to all but the professional and her front desk."""
    front_desk = by != professional_id and store.desks.is_front_desk(work, by, of=professional_id)
    desk.act_for(professional_id, by=by, front_desk=front_desk)
