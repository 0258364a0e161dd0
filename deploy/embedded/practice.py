"""A small demo practice: two patients, and a professional with hours and a service.

Everything goes in as commands with fixed ids, so a loading that was interrupted is simply done again.
"""

from dataclasses import dataclass
from datetime import time
from uuid import UUID, uuid5

from shared.bus.client import Bus
from shared.contracts.accounts import RegisterAccount, Role
from shared.contracts.requests import AddService, OpeningHours, PublishHours, Weekday

_DEMO = UUID("d7b6a1f0-0000-4000-8000-000000000000")
PASSWORD = "a demo password, for this machine only"
WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: Role

    @property
    def id(self) -> UUID:
        return uuid5(_DEMO, self.email)


PEOPLE = (
    Person("anna@demo.example", "Anna Conti", "patient"),
    Person("bruno@demo.example", "Bruno Ferri", "patient"),
    Person("dr.rossi@demo.example", "Dr. Carla Rossi", "professional"),
)


async def load(bus: Bus) -> None:
    for person in PEOPLE:
        await bus.call(
            RegisterAccount(
                account_id=person.id,
                email=person.email,
                password=PASSWORD,
                name=person.name,
                role=person.role,
            )
        )
    professional = PEOPLE[-1]
    openings = ((time(9), time(13)), (time(14), time(18)))
    await bus.call(
        PublishHours(
            professional_id=professional.id,
            time_zone="Europe/Rome",
            weekly=[
                OpeningHours(weekday=weekday, opens=opens, closes=closes)
                for weekday in WEEK
                for opens, closes in openings
            ],
        )
    )
    await bus.call(
        AddService(
            service_id=uuid5(_DEMO, "first visit"),
            professional_id=professional.id,
            name="First visit",
            minutes=30,
        )
    )
