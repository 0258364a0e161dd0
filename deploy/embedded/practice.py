"""A small demo practice: two patients, a professional with hours and a service, a clinic, and support.

Everything goes in as commands with fixed ids, so a loading that was interrupted is simply done again.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from uuid import UUID, uuid5

from shared.bus.client import Bus
from shared.contracts.accounts.clinics import CreateClinic
from shared.contracts.accounts.directory import GetDirectoryEntry, PublishDirectoryEntry
from shared.contracts.accounts.people import GrantSupport, OpenAccount
from shared.contracts.accounts.values import ContactCard, OwnRole, Place, Role
from shared.contracts.base import Money
from shared.contracts.refusals import StaleVersion
from shared.contracts.requests.hours import OpeningHours, PublishHours
from shared.contracts.requests.places import AddLocation
from shared.contracts.requests.services import AddService, ServiceSettings
from shared.contracts.requests.values import Weekday

_DEMO = UUID("d7b6a1f0-0000-4000-8000-000000000000")
PASSWORD = "a demo password, for this machine only"
WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: Role

    @property
    def first_role(self) -> OwnRole:
        """Nobody registers as support: operators make one of theirs of an account."""
        return "patient" if self.role == "support" else self.role

    @property
    def id(self) -> UUID:
        return uuid5(_DEMO, self.email)


PEOPLE = (
    Person("anna@demo.example", "Anna Conti", "patient"),
    Person("bruno@demo.example", "Bruno Ferri", "patient"),
    Person("dr.rossi@demo.example", "Dr. Carla Rossi", "professional"),
    Person("front.desk@demo.example", "Elena Greco", "clinic"),
    Person("support@demo.example", "Sofia Riva", "support"),
)
PLACE = Place(address="Via Roma 1, 00184 Roma", latitude=41.8955, longitude=12.4823)


async def load(bus: Bus) -> None:
    for person in PEOPLE:
        await bus.call(
            OpenAccount(
                account_id=person.id,
                email=person.email,
                password=PASSWORD,
                name=person.name,
                role=person.first_role,
            )
        )
    professional, desk, support = PEOPLE[2:]
    await bus.call(GrantSupport(email=support.email))
    listing = await bus.call(GetDirectoryEntry(professional_id=professional.id))
    if listing.place is None:
        await bus.call(
            PublishDirectoryEntry(
                professional_id=professional.id,
                version=listing.version,
                listed=True,
                specialties=["general_practice", "cardiology"],
                accepting_new_patients=True,
                contact=ContactCard(phone="+390669820001", email=professional.email),
                place=PLACE,
            )
        )
    await bus.call(
        CreateClinic(
            clinic_id=uuid5(_DEMO, "clinic"),
            by=desk.id,
            name="Studio Greco",
            contact=ContactCard(phone="+390669820002"),
            place=PLACE,
        )
    )
    await _open(bus, professional)
    await bus.call(
        AddService(
            service_id=uuid5(_DEMO, "first visit"),
            professional_id=professional.id,
            by=professional.id,
            role="professional",
            kind="first_visit",
            settings=ServiceSettings(
                name="First visit", minutes=30, price=Money(amount_minor=8000, currency="EUR")
            ),
        )
    )


async def _open(bus: Bus, professional: Person) -> None:
    """Publish hours on every working day at one location, unless the professional has hours there already."""
    location = await bus.call(
        AddLocation(
            location_id=uuid5(_DEMO, "location"),
            name="Studio Rossi",
            postal_address=PLACE.address,
            time_zone="Europe/Rome",
            country="IT",
            by=professional.id,
            role="professional",
        )
    )
    openings = ((time(9), time(13)), (time(14), time(18)))
    weekly = [
        OpeningHours(weekday=weekday, opens=opens, closes=closes)
        for weekday in WEEK
        for opens, closes in openings
    ]
    with suppress(StaleVersion):  # published by an earlier start
        await bus.call(
            PublishHours(
                professional_id=professional.id,
                location_id=location.location_id,
                version=0,
                weekly=weekly,
                by=professional.id,
                role="professional",
            )
        )
