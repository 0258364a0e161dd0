"""What people do with requests, on a real database."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.requests.handlers import desks, visits
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.requests import (
    AddService,
    GetRequest,
    ListRequests,
    OpeningHours,
    PublishHours,
    RequestsPage,
    RequestView,
    VisitRole,
)
from shared.db import Unit
from tests.requests.builders import MONDAY, PROFESSIONAL, demand

NEXT_MONDAY = MONDAY + timedelta(days=7)


def opening(weekday: str = "monday", opens: str = "09:00", closes: str = "12:00") -> OpeningHours:
    return OpeningHours.model_validate({"weekday": weekday, "opens": opens, "closes": closes})


def mondays(**changes: Any) -> PublishHours:
    """Every Monday morning in Rome."""
    fields = {
        "professional_id": PROFESSIONAL,
        "by": changes.get("professional_id", PROFESSIONAL),
        "role": "professional",
        "time_zone": "Europe/Rome",
        "weekly": [opening()],
    }
    return PublishHours(**(fields | changes))


def first_visit(**changes: Any) -> AddService:
    fields = {
        "service_id": UUID(int=10),
        "professional_id": PROFESSIONAL,
        "by": changes.get("professional_id", PROFESSIONAL),
        "role": "professional",
        "name": "First visit",
        "kind": "first_visit",
        "minutes": 30,
    }
    return AddService(**(fields | changes))


def submit(practice: Unit, *, now: Any = MONDAY, **changes: Any) -> RequestView:
    return visits.submit(practice, demand(**changes), now=now)


def look(practice: Unit, request_id: UUID, *, by: UUID, role: VisitRole) -> RequestView:
    wanted = GetRequest(request_id=request_id, by=by, role=role)
    return visits.get(practice, wanted, read_id=uuid4(), now=MONDAY)


def page(practice: Unit, wanted: ListRequests) -> RequestsPage:
    return visits.page(practice, wanted, read_id=uuid4(), now=MONDAY)


def member(practice: Unit, person_id: UUID, role: str, **changes: Any) -> MembershipChanged:
    """Requests hears of a membership of hers in the clinic 50, or in another one."""
    fields = {
        "occurred_at": MONDAY,
        "version": 1,
        "clinic_id": UUID(int=50),
        "person_id": person_id,
        "role": role,
        "state": "active",
    } | changes
    fields.setdefault("membership_id", UUID(int=person_id.int << 64 | fields["clinic_id"].int))
    told = MembershipChanged.model_validate(fields)
    desks.learn(practice, told)
    return told


def outbox(practice: Unit, topic: str = "") -> list[dict[str, Any]]:
    """Bodies of the events announced so far, of one topic or of all, oldest first."""
    with practice() as work:
        table = work.tables["outbox"]
        query = sa.select(table.c.body).order_by(table.c.position)
        return list(work.conn.scalars(query.where(table.c.topic == topic) if topic else query))


def announced(practice: Unit, about: str = "request_") -> list[str]:
    """Topics in the outbox whose names begin so, oldest first: of moves of requests unless told."""
    with practice() as work:
        table = work.tables["outbox"]
        topics = work.conn.scalars(sa.select(table.c.topic).order_by(table.c.position))
        return [topic for topic in topics if topic.startswith(f"requests.{about}")]


def decide(practice: Unit, demand: visits.Decision, *, now: Any = MONDAY) -> RequestView:
    return visits.decide(practice, demand, read_id=uuid4(), now=now)
