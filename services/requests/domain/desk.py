"""Who acts for a professional: herself, and the front desk of a clinic she works in.

Each in the role she is signed in with: a professional for herself alone, though she owned a clinic; whoever
is signed in for a clinic as a front desk alone, though she were a professional.

Somebody is a professional's front desk when she is an active owner or staff member of a clinic in which that
professional is an active member.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.requests.values import VisitRole
from shared.errors import Refused

FRONT_DESK = ("owner", "staff")
"""What a member of a clinic is who acts for its professionals."""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What one person is in one clinic, as accounts told it at `version`."""

    id: UUID
    version: int
    clinic_id: UUID
    person_id: UUID
    role: Literal["owner", "staff", "professional"]
    state: Literal["active", "ended"]


def told(event: MembershipChanged) -> Membership:
    return Membership(
        id=event.membership_id,
        version=event.version,
        clinic_id=event.clinic_id,
        person_id=event.person_id,
        role=event.role,
        state=event.state,
    )


def acts_for(professional_id: UUID, *, by: UUID, role: VisitRole, front_desk: bool) -> bool:
    """`front_desk` says whether `by` is the professional's: it counts for her who is signed in as that."""
    if role == "clinic":
        return front_desk
    return role == "professional" and by == professional_id


def refuse_others(professional_id: UUID, *, by: UUID, role: VisitRole, front_desk: bool) -> None:
    """Refuses `not_yours` to whoever does not act for the professional."""
    if not acts_for(professional_id, by=by, role=role, front_desk=front_desk):
        detail = "Only this professional and the front desk of her clinic can do this."
        raise Refused("not_yours", detail, field="professional_id")


def whose(professional_id: UUID | None, *, by: UUID, role: VisitRole) -> UUID:
    """The professional who is meant: herself, where she names none. Refuses `missing_field`."""
    if professional_id is None and role == "clinic":
        detail = "Add professional_id: of which of your professionals?"
        raise Refused("missing_field", detail, field="professional_id")
    return professional_id or by


def practice(
    clinic_id: UUID | None, *, by: UUID, role: VisitRole, member_as: str | None, owner: bool
) -> UUID:
    """The practice that is meant: the clinic, or the professional who works alone and names none.

    `member_as` is what she is in the clinic; `owner` says whether only its owners may do it. Refuses
    `missing_field` and `not_yours`.
    """
    if clinic_id is None:
        if role == "clinic":
            raise Refused("missing_field", "Add clinic_id: of which of your clinics?", field="clinic_id")
        if role != "professional":
            raise Refused("not_yours", "Only professionals and clinics have a practice.", field="clinic_id")
        return by
    if role != "clinic" or member_as not in (("owner",) if owner else FRONT_DESK):
        detail = f"Only the {'owners' if owner else 'front desk'} of this clinic can do this."
        raise Refused("not_yours", detail, field="clinic_id")
    return clinic_id
