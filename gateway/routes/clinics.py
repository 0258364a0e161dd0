"""Clinics, and who works in them."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import Clinic, Practice
from gateway.bus import Bus
from gateway.fields import (
    Body,
    Cursor,
    IdempotencyKey,
    Limit,
    MailedLink,
    NewContact,
    NewPlace,
    Version,
    new_id,
)
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.clinics import (
    AcceptInvitation,
    ChangeClinic,
    ChangeMember,
    ClinicsView,
    ClinicView,
    CreateClinic,
    EndMembership,
    GetClinic,
    InvitationsPage,
    InvitationView,
    Invite,
    ListClinics,
    ListInvitations,
    ListMembers,
    MembershipView,
    MembersView,
    WithdrawInvitation,
)
from shared.contracts.accounts.values import ClinicName, ClinicRole, Email

router = APIRouter(prefix="/v1", tags=["clinics"])


class NewClinic(Body):
    name: ClinicName = Field(examples=["Studio Rossi"])
    contact: NewContact = NewContact()
    place: NewPlace | None = None


class ChangedClinic(NewClinic):
    version: Version


class NewInvitation(Body):
    email: Email = Field(examples=["carla@example.org"])
    role: ClinicRole


class DeskRole(Body):
    role: Literal["owner", "staff"]


_SIGNED_IN = ("not_signed_in", "wrong_role")
_OWNER = (*_SIGNED_IN, "not_yours", "unknown_clinic")
_PROVEN = (*_OWNER, "proof_needed", "unknown_account")


@router.post(
    "/clinics",
    status_code=201,
    responses=documented(CreateClinic, refusals.InvalidEmail, refusals.InvalidPhone),
)
async def create_clinic(body: NewClinic, key: IdempotencyKey, caller: Clinic, bus: Bus) -> ClinicView:
    """Found a clinic; you own it."""
    return await bus.call(
        CreateClinic(
            clinic_id=new_id(caller.id, key),
            by=caller.id,
            name=body.name,
            contact=body.contact.card(),
            place=body.place.place() if body.place else None,
        )
    )


@router.get("/clinics", responses=documented(ListClinics))
async def list_my_clinics(caller: Practice, bus: Bus) -> ClinicsView:
    """The clinics you belong to, and what you are there."""
    return await bus.call(ListClinics(person_id=caller.id))


@router.get("/clinics/{clinic_id}", responses=documented(GetClinic))
async def get_clinic(clinic_id: UUID, bus: Bus) -> ClinicView:
    """A clinic's contact card."""
    return await bus.call(GetClinic(clinic_id=clinic_id))


@router.put(
    "/clinics/{clinic_id}", responses=documented(ChangeClinic, refusals.InvalidEmail, refusals.InvalidPhone)
)
async def change_clinic(clinic_id: UUID, body: ChangedClinic, caller: Clinic, bus: Bus) -> ClinicView:
    """Change what is shown of your clinic."""
    return await bus.call(
        ChangeClinic(
            clinic_id=clinic_id,
            by=caller.id,
            version=body.version,
            name=body.name,
            contact=body.contact.card(),
            place=body.place.place() if body.place else None,
        )
    )


@router.get("/clinics/{clinic_id}/members", responses=documented(ListMembers))
async def list_members(clinic_id: UUID, caller: Practice, bus: Bus) -> MembersView:
    """List the members of your clinic."""
    return await bus.call(ListMembers(clinic_id=clinic_id, by=caller.id))


@router.post(
    "/clinics/{clinic_id}/invitations",
    status_code=201,
    responses=documented(Invite, refusals.InvalidEmail),
)
async def invite_member(
    clinic_id: UUID, body: NewInvitation, key: IdempotencyKey, caller: Clinic, bus: Bus
) -> InvitationView:
    """Have a link mailed that makes its reader a member, within seven days.

    Inviting an owner needs fresh proof. A new clinic can have 5 invitations open and send 10 a day; each
    person who joins adds 3 to both.
    """
    return await bus.call(
        Invite(
            invitation_id=new_id(caller.id, key),
            clinic_id=clinic_id,
            by=caller.id,
            session_id=caller.session_id,
            email=body.email,
            role=body.role,
        )
    )


@router.get("/clinics/{clinic_id}/invitations", responses=documented(ListInvitations))
async def list_invitations(
    clinic_id: UUID,
    caller: Clinic,
    bus: Bus,
    open_only: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> InvitationsPage:
    """For owners: the invitations of the last seven days and what became of them, newest first."""
    return await bus.call(
        ListInvitations(clinic_id=clinic_id, by=caller.id, open_only=open_only, cursor=cursor, limit=limit)
    )


@router.delete(
    "/clinics/{clinic_id}/invitations/{invitation_id}",
    status_code=204,
    responses=documented(WithdrawInvitation),
)
async def withdraw_invitation(clinic_id: UUID, invitation_id: UUID, caller: Clinic, bus: Bus) -> None:
    """For owners: end an invitation that nobody has accepted, such as one to a mistyped address."""
    await bus.call(WithdrawInvitation(invitation_id=invitation_id, clinic_id=clinic_id, by=caller.id))


@router.post(
    "/invitations/accept",
    responses=documented(AcceptInvitation),
)
async def accept_invitation(body: MailedLink, caller: Practice, bus: Bus) -> MembershipView:
    """Become a member, with the account of the address that was invited.

    Joining ends all other invitations of the clinic to you, and so does leaving it or getting another role.
    An invitation ends too when its sender is no owner any more.
    """
    return await bus.call(AcceptInvitation(token=body.token, by=caller.id, role=caller.role))


@router.put(
    "/clinics/{clinic_id}/members/{person_id}",
    responses=documented(ChangeMember),
)
async def change_member(
    clinic_id: UUID, person_id: UUID, body: DeskRole, caller: Clinic, bus: Bus
) -> MembershipView:
    """Make somebody of the front desk an owner, or an owner staff."""
    return await bus.call(
        ChangeMember(
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
    responses=documented(EndMembership),
)
async def end_membership(clinic_id: UUID, person_id: UUID, caller: Practice, bus: Bus) -> None:
    """Leave a clinic, or, as an owner, end somebody's membership."""
    await bus.call(
        EndMembership(
            clinic_id=clinic_id,
            person_id=person_id,
            by=caller.id,
            session_id=caller.session_id,
            role=caller.role,
        )
    )
