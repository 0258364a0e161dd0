"""Access: which caller may act for whom, decided before anything is read for them.

Every function returns what the caller acts for, or refuses (`not_yours`, `missing_field`, `unknown_account`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.requests import store
from services.requests.domain import access_log, erasure, membership
from services.requests.domain.request import Request, side_of
from shared.contracts.requests import refusals
from shared.contracts.requests.requests import SubmitRequest
from shared.contracts.requests.values import ActingRole, Side
from shared.db import Work


class ForProfessional(Protocol):
    """A command that sets something up for a professional, at a clinic if it names one."""

    @property
    def professional_id(self) -> UUID: ...
    @property
    def clinic_id(self) -> UUID | None: ...
    @property
    def by(self) -> UUID: ...
    @property
    def role(self) -> ActingRole: ...


def side_on(work: Work, found: Request, *, by: UUID, role: ActingRole, to_read: bool = False) -> Side:
    """Return the side the caller is on, as `request.side_of` decides. Refuses `not_yours`.

    The database is asked what the caller is in the clinic of the visit only where that matters.
    """
    matters = role == "clinic" or (role == "professional" and by == found.professional_id and not to_read)
    clinic = found.practice_id != found.professional_id
    member_as = store.memberships.roles_in(work, by, found.practice_id) if matters and clinic else ()
    return side_of(found, by=by, role=role, member_as=member_as, to_read=to_read)


def may_act_at(work: Work, practice_id: UUID, *, professional_id: UUID, by: UUID, role: ActingRole) -> None:
    """Refuse all but the professional, while they work there, and its front desk. Refuses `not_yours`."""
    clinic = practice_id != professional_id
    member_as = store.memberships.roles_in(work, by, practice_id) if clinic and role != "patient" else ()
    if not membership.acts_at(
        practice_id, professional_id=professional_id, by=by, role=role, member_as=member_as
    ):
        raise membership.not_acting()


def practices_for(work: Work, professional_id: UUID, *, by: UUID, role: ActingRole) -> set[UUID]:
    """Return the practices where the caller acts for this professional. Refuses `not_yours` if none."""
    practices = set[UUID]()
    if role == "clinic":
        practices = store.memberships.clinics_shared(work, by, professional_id=professional_id)
    elif role == "professional" and by == professional_id:
        practices = {professional_id} | store.memberships.clinics_of(work, professional_id)
    if not practices:
        raise membership.not_acting()
    return practices


def practice_named(work: Work, command: ForProfessional) -> UUID | None:
    """Return the practice that the caller means; None: a professional names none, and means any of theirs.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, and `missing_field` where a front desk
    could mean several.
    """
    refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    practices = practices_for(work, command.professional_id, by=command.by, role=command.role)
    if command.clinic_id is None and command.role == "professional":
        return None
    return membership.one_practice(practices, command.clinic_id)


def practice(work: Work, clinic_id: UUID | None, *, by: UUID, role: ActingRole, owner: bool = False) -> UUID:
    """Return the practice that the caller acts for. Refuses `missing_field` and `not_yours`."""
    member_as = store.memberships.role_in(work, by, clinic_id) if clinic_id else None
    return membership.practice_meant(clinic_id, by=by, role=role, member_as=member_as, owner=owner)


def knows_patient(work: Work, command: SubmitRequest, practice_id: UUID, practices: Collection[UUID]) -> bool:
    """Return whether the patient has asked the caller's practice for an appointment before.

    A front desk knows the patients of the practice where the appointment will be, a professional their own.
    """
    if command.role == "clinic":
        return store.requests.has_asked(work, command.patient_id, [practice_id])
    return store.requests.has_asked(
        work, command.patient_id, practices, professional_id=command.professional_id
    )


def log_access(
    work: Work, shown: Sequence[Request], *, by: UUID, role: ActingRole, access_id: UUID, now: datetime
) -> None:
    """Publish an entry of the access log, `access_id`, if requests of others are among `shown`."""
    work.publish(*access_log.entries(shown, by=by, role=role, access_id=access_id, now=now))


def refuse_erased(work: Work, *, person_id: UUID, professional_id: UUID | None = None) -> None:
    """Refuse closed and erased people; the others are not erased during this transaction.

    Refuses `unknown_professional` and `unknown_account`.
    """
    concerned = {person_id} if professional_id is None else {person_id, professional_id}
    gone = store.erasure.gone_among(work, *concerned)
    erasure.refuse(gone, professional_id=professional_id, person_id=person_id)


def refuse_erased_guest(work: Work, guest_id: UUID) -> None:
    """Refuse to submit again what was erased with its guest. Refuses `idempotency_key_reused`."""
    if store.erasure.is_erased(work, guest_id):
        raise refusals.IdempotencyKeyReused(refusals.KEY_OF_ERASED)
