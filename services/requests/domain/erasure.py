"""What an erased account leaves behind.

Gone: her open visits (see `ending.end_of_leaving`), every word she wrote as a patient, the hours and the
names of the services she had as a professional, the links to her visits. What stays are ids and times: visits
of the past belong to the other person's history as well, and name nobody. A fee that was promised stays
owed. A visit that was confirmed and is over stays confirmed, because it may have taken place: only its
professional can say so, by completing it.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.requests.moves import VisitsErased
from shared.errors import Refused

FORMER_SERVICE = "Former service"
"""What every service of an erased professional is called."""
FORMER_PLACE = "Former practice"
"""What every location is called that she had alone."""


def refuse(gone: Collection[UUID], *, professional_id: UUID | None, person_id: UUID) -> None:
    """Whoever is `gone` can neither be asked for nor ask, however late the command arrives.

    Refuses `unknown_professional` and, for the person who sends it, `unknown_account`.
    """
    if professional_id in gone:
        raise unknown_professional()
    if person_id in gone:
        raise Refused("unknown_account", "This account is closed or deleted.")


def unknown_professional() -> Refused:
    detail = "No professional with this id has published hours here."
    return Refused("unknown_professional", detail, field="professional_id")


def erased(person_id: UUID, *, now: datetime) -> Event:
    return VisitsErased(occurred_at=now, version=1, person_id=person_id)
