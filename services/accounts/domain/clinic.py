"""Clinics and their members: owners decide who belongs; owners and staff are the front desk.

A membership keeps its id through all its changes, and each change has the next version and one event.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain.person import settle, wrong_role
from shared.contracts.accounts import refusals
from shared.contracts.accounts.clinics import ChangeClinic, CreateClinic, MembershipChanged
from shared.contracts.accounts.values import ClinicRole, ContactCard, Place
from shared.contracts.base import Event

FRONT_DESK = ("owner", "staff")
SIGNED_IN_AS = {"owner": "clinic", "staff": "clinic", "professional": "professional"}
"""The role of a member in a clinic -> the role they sign in with for it."""


@dataclass(frozen=True, kw_only=True)
class Clinic:
    id: UUID
    version: int
    name: str
    contact: ContactCard
    place: Place | None


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A person belongs to the front desk or works there as a professional, or has a membership for each."""

    id: UUID
    version: int
    clinic_id: UUID
    person_id: UUID
    role: ClinicRole
    active: bool
    since: datetime
    ended_at: datetime | None = None
    """The time at which it last ended; it stays when the person comes back."""
    role_changed_at: datetime | None = None
    """The time at which an active member was last given another role."""


def create(command: CreateClinic, *, now: datetime) -> tuple[Clinic, Membership, list[Event]]:
    clinic = Clinic(
        id=command.clinic_id, version=1, name=command.name, contact=command.contact, place=command.place
    )
    owner, events = join(None, clinic.id, command.by, "owner", now=now)
    return clinic, owner, events


def check_repeat(known: Clinic | None, owners: Iterable[UUID], command: CreateClinic) -> Clinic:
    """Return the clinic that the same owner created before. Refuses `idempotency_key_reused`."""
    sent = (command.name, command.contact, command.place)
    if known is None or command.by not in owners or (known.name, known.contact, known.place) != sent:
        raise refusals.IdempotencyKeyReused()
    return known


def change(clinic: Clinic, command: ChangeClinic) -> Clinic:
    """Refuses as `settle` does."""
    after = replace(
        clinic, version=command.version + 1, name=command.name, contact=command.contact, place=command.place
    )
    return settle(clinic, after, seen=command.version)


def membership_id(clinic_id: UUID, person_id: UUID, role: str) -> UUID:
    """Owner and staff are one membership whose role changes; working there as professional is another."""
    side = "professional" if role == "professional" else "front desk"
    return uuid5(clinic_id, f"{person_id}/{side}")


def join(
    known: Membership | None, clinic_id: UUID, person_id: UUID, role: ClinicRole, *, now: datetime
) -> tuple[Membership, list[Event]]:
    """Return a new membership, or `known` begun anew or with another role; repeating it changes nothing."""
    if known is None:
        new = Membership(
            id=membership_id(clinic_id, person_id, role),
            version=1,
            clinic_id=clinic_id,
            person_id=person_id,
            role=role,
            active=True,
            since=now,
        )
        return new, [_changed(new, now=now)]
    if known.active and known.role == role:
        return known, []
    since = known.since if known.active else now
    changed_at = now if known.active else known.role_changed_at
    after = replace(
        known, version=known.version + 1, role=role, active=True, since=since, role_changed_at=changed_at
    )
    return after, [_changed(after, now=now)]


def end_membership(membership: Membership, *, now: datetime) -> tuple[Membership, list[Event]]:
    """End a membership; ending it again changes nothing."""
    if not membership.active:
        return membership, []
    after = replace(membership, version=membership.version + 1, active=False, ended_at=now)
    return after, [_changed(after, now=now)]


def check_member(members: Iterable[Membership], by: UUID) -> str:
    """Return the caller's role in a clinic. Refuses `not_yours` to callers who do not belong to it."""
    for each in members:
        if each.person_id == by:
            return each.role
    raise refusals.NotYours("You are not a member of this clinic.")


def check_active(known: Membership | None) -> Membership:
    """Refuses `unknown_member`."""
    if known is None or not known.active:
        raise refusals.UnknownMember()
    return known


def check_owner(owners: Iterable[UUID], by: UUID) -> None:
    """Refuses `not_yours` to callers who are no owner."""
    if by not in owners:
        raise refusals.NotYours("Only an owner of the clinic can do this.")


def check_last_owner(owners: Iterable[UUID], leaving: UUID) -> None:
    """Refuses `last_owner`."""
    if set(owners) <= {leaving}:
        detail = "A clinic needs an owner. Make somebody else an owner first."
        raise refusals.LastOwner(detail, field="person_id")


def check_signed_in_for(clinic_role: str, signed_in_as: str) -> None:
    """Refuses `wrong_role`."""
    if SIGNED_IN_AS[clinic_role] != signed_in_as:
        raise wrong_role(needed=SIGNED_IN_AS[clinic_role], roles=(signed_in_as,))


def _changed(membership: Membership, *, now: datetime) -> Event:
    return MembershipChanged(
        occurred_at=now,
        version=membership.version,
        membership_id=membership.id,
        clinic_id=membership.clinic_id,
        person_id=membership.person_id,
        role=membership.role,
        state="active" if membership.active else "ended",
    )
