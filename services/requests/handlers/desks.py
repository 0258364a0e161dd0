"""Clinics as accounts tells of them, and who acts for a professional by that."""

from uuid import UUID

from services.requests import store
from services.requests.domain import desk
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.requests import VisitRole
from shared.db import Unit, Work


def learn(unit: Unit, event: MembershipChanged) -> None:
    with unit() as work:
        if work.first_sight(event, "learn"):
            store.desks.put(work, desk.told(event))


def may_act_for(work: Work, professional_id: UUID, *, by: UUID, role: VisitRole) -> None:
    """Refuses `not_yours` to all but the professional and her front desk."""
    front_desk = is_front_desk(work, by, role, of=professional_id)
    desk.refuse_others(professional_id, by=by, role=role, front_desk=front_desk)


def is_front_desk(work: Work, person_id: UUID, role: VisitRole, *, of: UUID) -> bool:
    """Asked of the database only for whoever is signed in for a clinic."""
    return role == "clinic" and store.desks.is_front_desk(work, person_id, of=of)
