"""Erasure: what of an account goes, and what stays.

These go: the person's open requests (see `ending.end_of_leaving`), every note they wrote as a patient, their
hours and the names of their services as a professional, the links to their feeds. Ids and times stay: past
appointments belong to the other person's history as well, and name nobody. A promised fee stays owed. A
confirmed appointment that is over stays confirmed, because it may have taken place: only its professional can
complete it.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.contracts.requests.moves import VisitsErased

FORMER_SERVICE = "Former service"
"""The name of every service of an erased professional."""
FORMER_PLACE = "Former practice"
"""The name of every location of an erased professional's own practice."""


def refuse(gone: Collection[UUID], *, professional_id: UUID | None, person_id: UUID) -> None:
    """Refuse a request by or for somebody in `gone`, however late the command arrives.

    Refuses `unknown_professional` and, for the person who sends it, `unknown_account`.
    """
    if professional_id in gone:
        raise unknown_professional()
    if person_id in gone:
        raise refusals.UnknownAccount("This account is closed or deleted.")


def unknown_professional() -> refusals.Refused:
    detail = "No professional with this id has published hours here."
    return refusals.UnknownProfessional(detail)


def erased(person_id: UUID, *, now: datetime) -> Event:
    return VisitsErased(occurred_at=now, version=1, person_id=person_id)
