"""Clinics as accounts tells of them, and who acts for a professional or a practice by that."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import desk
from services.requests.handlers.endings import end_at_practice
from services.requests.handlers.tools import Tools
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.requests.values import VisitRole
from shared.db import Unit, Work


def learn(unit: Unit, event: MembershipChanged, *, tools: Tools, now: datetime) -> None:
    """A professional who leaves a clinic has no hours there any more, and her open visits there end.

    What others began to write for her is finished first, so that it ends too.
    """
    with unit() as work:
        if not work.first_sight(event, "learn") or not store.desks.put(work, desk.told(event)):
            return
        if event.role == "professional" and event.state == "ended":
            work.alone(event.person_id)
            store.hours.remove_at_practice(work, event.person_id, event.clinic_id)
            end_at_practice(work, event.person_id, event.clinic_id, tools=tools, now=now)


def may_act_for(work: Work, professional_id: UUID, *, by: UUID, role: VisitRole) -> None:
    """Refuses `not_yours` to all but the professional and her front desk."""
    front_desk = is_front_desk(work, by, role, of=professional_id)
    desk.refuse_others(professional_id, by=by, role=role, front_desk=front_desk)


def is_front_desk(work: Work, person_id: UUID, role: VisitRole, *, of: UUID) -> bool:
    """Asked of the database only for whoever is signed in for a clinic."""
    return role == "clinic" and store.desks.is_front_desk(work, person_id, of=of)


def practice(work: Work, clinic_id: UUID | None, *, by: UUID, role: VisitRole, owner: bool = False) -> UUID:
    """The practice she acts for. Refuses `missing_field` and `not_yours`."""
    member_as = store.desks.role_in(work, by, clinic_id) if clinic_id else None
    return desk.practice(clinic_id, by=by, role=role, member_as=member_as, owner=owner)
