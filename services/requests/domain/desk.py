"""Who acts for a professional: herself, and the front desk of a clinic she works in.

Somebody is a professional's front desk when she is an active owner or staff member of a clinic in which that
professional is an active member.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.contracts.accounts.clinics import MembershipChanged
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


def act_for(professional_id: UUID, *, by: UUID, front_desk: bool) -> None:
    """Refuses `not_yours` unless `by` is the professional or, as `front_desk` says, her front desk."""
    if by != professional_id and not front_desk:
        detail = "Only this professional and the front desk of her clinic can do this."
        raise Refused("not_yours", detail, field="professional_id")
