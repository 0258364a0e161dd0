"""A practice and its requests, ready made for tests of the rules."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.requests.domain import decision, submission
from services.requests.domain.booking import BookingSettings
from services.requests.domain.hours import WEEKDAYS, Opening, Timetable
from services.requests.domain.interval import Interval
from services.requests.domain.location import Location
from services.requests.domain.offers import Offer
from services.requests.domain.policy import Policy
from services.requests.domain.proposal import Proposal
from services.requests.domain.request import Request, Timing
from services.requests.domain.service import Service
from services.requests.domain.slots import Slot, Wanted
from services.requests.domain.submission import Asked
from shared.contracts.base import Money
from shared.contracts.requests.hours import BookingOptions
from shared.contracts.requests.policies import PolicySettings
from shared.contracts.requests.requests import SubmitRequest
from shared.contracts.requests.services import ServiceSettings
from shared.contracts.requests.values import Side

PROFESSIONAL, PATIENT, STRANGER, RECEPTIONIST = (UUID(int=n) for n in (1, 2, 3, 4))
LOCATION, CLINIC = UUID(int=20), UUID(int=50)
MONDAY = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
"""09:00 in Rome, an hour after winter's sunrise and four weeks before the clocks change."""
EUR = Money(amount_minor=2500, currency="EUR")


def location(zone: str = "Europe/Rome", **changes: Any) -> Location:
    made = Location(
        id=LOCATION,
        version=1,
        practice_id=PROFESSIONAL,
        name="Studio",
        address="",
        time_zone=zone,
        country=None,
        subdivision=None,
    )
    return replace(made, **changes)


def opening(opens: str, closes: str) -> Opening:
    return Opening(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def timetable(
    zone: str = "Europe/Rome", opens: time = time(9), closes: time = time(17), **changes: Any
) -> Timetable:
    """Every day of the week alike."""
    weekly = tuple((day, Opening(opens=opens, closes=closes)) for day in WEEKDAYS)
    made = Timetable(professional_id=PROFESSIONAL, location=location(zone), weekly=weekly)
    return replace(made, **changes)


def service(minutes: int = 30, number: int = 10, **settings: Any) -> Service:
    return Service(
        id=UUID(int=number),
        version=1,
        professional_id=PROFESSIONAL,
        kind="first_visit",
        mode="in_person",
        settings=ServiceSettings(**({"name": "First visit", "minutes": minutes} | settings)),
    )


def booking_settings(**settings: Any) -> BookingSettings:
    return BookingSettings(
        professional_id=PROFESSIONAL, practice_id=PROFESSIONAL, settings=BookingOptions(**settings)
    )


def offer(*tables: Timetable, offered: Service | None = None, **settings: Any) -> Offer:
    return Offer(
        service=offered or service(), booking=booking_settings(**settings), tables=tables or (timetable(),)
    )


def policy(**settings: Any) -> Policy:
    return Policy(practice_id=PROFESSIONAL, version=3, settings=PolicySettings(**settings))


def command(**changes: Any) -> SubmitRequest:
    fields = {
        "request_id": UUID(int=100),
        "by": changes.get("patient_id", PATIENT),
        "role": "patient",
        "patient_id": PATIENT,
        "professional_id": PROFESSIONAL,
        "service_id": UUID(int=10),
        "starts_at": MONDAY + timedelta(days=7),
        "details": "A cough.",
    }
    return SubmitRequest(**(fields | changes))


def as_asked(
    slot: Slot,
    *,
    by: Side = "patient",
    rules: Policy | None = None,
    offered: Service | None = None,
    **settings: Any,
) -> Asked:
    """Return a slot of an offer without hours, as one side asks for it; `settings` are of the booking."""
    at_home = Offer(service=offered or service(), booking=booking_settings(**settings), tables=())
    return Asked(side=by, wanted=Wanted((), at_home, slot), rules=rules or policy())


def pending(**changes: Any) -> Request:
    asked = command()
    visit = Interval(asked.starts_at, asked.starts_at + timedelta(minutes=30))
    slot = Slot(visit, LOCATION, "Europe/Rome")
    made, _ = submission.submit(asked, as_asked(slot), timing=Timing(), now=MONDAY)
    return replace(made, **changes)


def confirmed(rules: Policy | None = None, **changes: Any) -> Request:
    """Accepted an hour after it was asked for."""
    after, _ = decision.confirm(
        pending(), by="professional", version=1, rules=rules or policy(), now=MONDAY + timedelta(hours=1)
    )
    return replace(after, **changes)


def proposal(**changes: Any) -> Proposal:
    """Of the practice: a day later than it was asked for."""
    start = MONDAY + timedelta(days=8)
    visit = Interval(start, start + timedelta(minutes=30))
    made = Proposal(
        id=UUID(int=200),
        by="professional",
        location_id=LOCATION,
        starts_at=visit.start,
        ends_at=visit.end,
        held=visit,
        time_zone="Europe/Rome",
        expires_at=MONDAY + timedelta(days=2),
    )
    return replace(made, **changes)
