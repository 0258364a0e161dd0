"""Clinics, and who works in them."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway import fields
from gateway.auth import Clinic, Practice
from gateway.bus import Bus
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import clinics
from shared.contracts.accounts.values import ClinicRole, Email

router = APIRouter(prefix="/v1", tags=["clinics"])


class NewClinic(clinics.ClinicSettings, fields.Body):
    contact: fields.NewContactCard = fields.NewContactCard()
    place: fields.NewPlace | None = None


class ChangedClinic(NewClinic):
    version: fields.Version


class NewInvitation(fields.Body):
    email: Email = Field(examples=["carla@example.org"])
    role: ClinicRole


class MemberRole(fields.Body):
    role: Literal["owner", "staff"]


@router.post(
    "/clinics",
    status_code=201,
    responses=documented(clinics.CreateClinic, refusals.InvalidEmail, refusals.InvalidPhone),
)
async def create_clinic(
    body: NewClinic, key: fields.IdempotencyKey, caller: Clinic, bus: Bus
) -> clinics.ClinicView:
    """Found a clinic; you own it."""
    return await bus.call(
        clinics.CreateClinic.of(body, clinic_id=fields.new_id(caller.id, key), by=caller.id)
    )


@router.get("/clinics", responses=documented(clinics.ListClinics))
async def list_my_clinics(caller: Practice, bus: Bus) -> clinics.ClinicsView:
    """The clinics you belong to, and what you are there."""
    return await bus.call(clinics.ListClinics(person_id=caller.id))


@router.get("/clinics/{clinic_id}", responses=documented(clinics.GetClinic))
async def get_clinic(clinic_id: UUID, bus: Bus) -> clinics.ClinicView:
    """A clinic's contact card."""
    return await bus.call(clinics.GetClinic(clinic_id=clinic_id))


@router.put(
    "/clinics/{clinic_id}",
    responses=documented(clinics.ChangeClinic, refusals.InvalidEmail, refusals.InvalidPhone),
)
async def change_clinic(clinic_id: UUID, body: ChangedClinic, caller: Clinic, bus: Bus) -> clinics.ClinicView:
    """Change what is shown of your clinic."""
    return await bus.call(clinics.ChangeClinic.of(body, clinic_id=clinic_id, by=caller.id))


@router.get("/clinics/{clinic_id}/members", responses=documented(clinics.ListMembers))
async def list_members(clinic_id: UUID, caller: Practice, bus: Bus) -> clinics.MembersView:
    """List the members of your clinic."""
    return await bus.call(clinics.ListMembers(clinic_id=clinic_id, by=caller.id))


@router.post(
    "/clinics/{clinic_id}/invitations",
    status_code=201,
    responses=documented(clinics.Invite, refusals.InvalidEmail),
)
async def invite_member(
    clinic_id: UUID, body: NewInvitation, key: fields.IdempotencyKey, caller: Clinic, bus: Bus
) -> clinics.InvitationView:
    """Have a link mailed that makes its reader a member, within seven days.

    Inviting an owner needs fresh proof. A new clinic can have 5 invitations open and send 10 a day; each
    person who joins adds 3 to both.
    """
    return await bus.call(
        clinics.Invite.of(
            body,
            invitation_id=fields.new_id(caller.id, key),
            clinic_id=clinic_id,
            by=caller.id,
            session_id=caller.session_id,
        )
    )


@router.get("/clinics/{clinic_id}/invitations", responses=documented(clinics.ListInvitations))
async def list_invitations(
    clinic_id: UUID, caller: Clinic, bus: Bus, page: fields.OpenRows
) -> clinics.InvitationsPage:
    """For owners: the invitations of the last seven days and what became of them, newest first."""
    return await bus.call(clinics.ListInvitations.of(page, clinic_id=clinic_id, by=caller.id))


@router.delete(
    "/clinics/{clinic_id}/invitations/{invitation_id}",
    status_code=204,
    responses=documented(clinics.WithdrawInvitation),
)
async def withdraw_invitation(clinic_id: UUID, invitation_id: UUID, caller: Clinic, bus: Bus) -> None:
    """For owners: end an invitation that nobody has accepted, such as one to a mistyped address."""
    await bus.call(clinics.WithdrawInvitation(invitation_id=invitation_id, clinic_id=clinic_id, by=caller.id))


@router.post(
    "/invitations/accept",
    responses=documented(clinics.AcceptInvitation),
)
async def accept_invitation(body: fields.MailedLink, caller: Practice, bus: Bus) -> clinics.MembershipView:
    """Become a member, with the account of the address that was invited.

    Joining ends all other invitations of the clinic to you, and so does leaving it or getting another role.
    An invitation ends too when its sender is no owner any more.
    """
    return await bus.call(clinics.AcceptInvitation(token=body.token, by=caller.id, role=caller.role))


@router.put(
    "/clinics/{clinic_id}/members/{person_id}",
    responses=documented(clinics.ChangeMember),
)
async def change_member(
    clinic_id: UUID, person_id: UUID, body: MemberRole, caller: Clinic, bus: Bus
) -> clinics.MembershipView:
    """Make somebody of the front desk an owner, or an owner staff."""
    return await bus.call(
        clinics.ChangeMember(
            clinic_id=clinic_id,
            person_id=person_id,
            by=caller.id,
            session_id=caller.session_id,
            role=body.role,
        )
    )


@router.delete(
    "/clinics/{clinic_id}/members/{person_id}",
    status_code=204,
    responses=documented(clinics.EndMembership),
)
async def end_membership(clinic_id: UUID, person_id: UUID, caller: Practice, bus: Bus) -> None:
    """Leave a clinic, or, as an owner, end somebody's membership."""
    await bus.call(
        clinics.EndMembership(
            clinic_id=clinic_id,
            person_id=person_id,
            by=caller.id,
            session_id=caller.session_id,
            role=caller.role,
        )
    )
