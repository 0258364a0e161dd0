"""Rights follow the practice: who acts for a professional, and where.

A visit, a location, hours and settings belong to a practice: a clinic, or a professional who works alone.
The front desk of a clinic (its active owners and staff) acts for what belongs to that clinic, and for nothing
else. A professional acts for themself in their own practice, and in a clinic while they are an active
professional of it. Each in the role they are signed in with, whatever else they may be.
"""

from collections.abc import Collection
from uuid import UUID

from shared.contracts.requests import refusals
from shared.contracts.requests.values import ActingRole

FRONT_DESK = ("owner", "staff")
"""The roles of members who act for the professionals of their clinic."""


def acts_at(
    practice_id: UUID, *, professional_id: UUID, by: UUID, role: ActingRole, member_as: Collection[str]
) -> bool:
    """Return whether `by` acts for this professional at this practice; `member_as` is their role there."""
    if role == "clinic":
        return not set(member_as).isdisjoint(FRONT_DESK)
    if role != "professional" or by != professional_id:
        return False
    return practice_id == professional_id or "professional" in member_as


def not_acting() -> refusals.Refused:
    detail = "Only this professional, or the front desk of the practice it belongs to, can do this."
    return refusals.NotYours(detail, field="professional_id")


def one_practice(practices: Collection[UUID], clinic_id: UUID | None) -> UUID:
    """Return the practice that is meant among those where the caller acts for a professional.

    Refuses `not_yours`, and `missing_field` where several could be meant.
    """
    if not practices or (clinic_id is not None and clinic_id not in practices):
        raise not_acting()
    if clinic_id is not None:
        return clinic_id
    if len(practices) > 1:
        raise refusals.MissingField("Add clinic_id to say which of your clinics.", field="clinic_id")
    [only] = practices
    return only


def professional_meant(professional_id: UUID | None, *, by: UUID, role: ActingRole) -> UUID:
    """Return the professional that is meant; a professional who names none means themself.

    Refuses `missing_field`.
    """
    if professional_id is None and role == "clinic":
        detail = "Add professional_id to say which of your professionals."
        raise refusals.MissingField(detail, field="professional_id")
    return professional_id or by


def practice_meant(
    clinic_id: UUID | None, *, by: UUID, role: ActingRole, member_as: str | None, owner: bool
) -> UUID:
    """Return the practice that is meant: the clinic, or a professional's own practice if they name none.

    `member_as` is the caller's role in the clinic; `owner` restricts it to owners. Refuses `missing_field`
    and `not_yours`.
    """
    if clinic_id is None:
        if role == "clinic":
            raise refusals.MissingField("Add clinic_id to say which of your clinics.", field="clinic_id")
        if role != "professional":
            raise refusals.NotYours("Only professionals and clinics have a practice.", field="clinic_id")
        return by
    if role != "clinic" or member_as not in (("owner",) if owner else FRONT_DESK):
        detail = f"Only the {'owners' if owner else 'front desk'} of this clinic can do this."
        raise refusals.NotYours(detail, field="clinic_id")
    return clinic_id
