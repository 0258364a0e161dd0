"""A practice and its requests, ready made for tests of the rules."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.requests.domain import request
from services.requests.domain.hours import WEEKDAYS, Hours, Opening, Span
from services.requests.domain.request import Request
from services.requests.domain.service import Service
from shared.contracts.requests import SubmitRequest

PROFESSIONAL, PATIENT, STRANGER, RECEPTIONIST = (UUID(int=n) for n in (1, 2, 3, 4))
MONDAY = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
"""09:00 in Rome, an hour after winter's sunrise and four weeks before the clocks change."""


def hours(zone: str = "Europe/Rome", opens: time = time(9), closes: time = time(17)) -> Hours:
    """Every day of the week alike."""
    weekly = tuple(Opening(weekday=day, opens=opens, closes=closes) for day in WEEKDAYS)
    return Hours(professional_id=PROFESSIONAL, time_zone=zone, weekly=weekly)


def service(minutes: int = 30, number: int = 10) -> Service:
    return Service(
        id=UUID(int=number),
        professional_id=PROFESSIONAL,
        name="First visit",
        kind="first_visit",
        mode="in_person",
        minutes=minutes,
    )


def demand(**changes: Any) -> SubmitRequest:
    fields = {
        "request_id": UUID(int=100),
        "patient_id": PATIENT,
        "professional_id": PROFESSIONAL,
        "service_id": UUID(int=10),
        "starts_at": MONDAY + timedelta(days=7),
        "details": "A cough.",
    }
    return SubmitRequest(**(fields | changes))


def pending(**changes: Any) -> Request:
    asked = demand()
    span = Span(asked.starts_at, asked.starts_at + timedelta(minutes=30))
    made, _ = request.submit(asked, service=service(), span=span, time_zone="Europe/Rome", now=MONDAY)
    return replace(made, **changes)
