"""Clinics, and who works in them."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.accounts import values
from shared.contracts.accounts.refusals import PROVEN
from shared.contracts.accounts.sessions import WithFreshProofBy
from shared.contracts.base import Command, Done, Event, Message, OpenOnly

InvitationState = Literal["open", "accepted", "ended", "expired"]


class ClinicView(Message):
    """A clinic's card, for everybody; `my_role` is what the caller is in it."""

    clinic_id: UUID
    version: PositiveInt
    name: values.StoredName
    contact: values.ContactCard
    place: values.Place | None
    my_role: values.ClinicRole | None = None


class ClinicSettings(Message):
    name: values.ClinicName = Field(examples=["Studio Rossi"])
    contact: values.ContactCard = values.ContactCard()
    place: values.Place | None = None


class CreateClinic(ClinicSettings, Command[ClinicView]):
    """Create a clinic, whose first owner is the caller."""

    refuses = "idempotency_key_reused too_many"
    clinic_id: UUID
    by: UUID


class ChangeClinic(ClinicSettings, Command[ClinicView]):
    refuses = "not_yours unknown_clinic stale_version"
    clinic_id: UUID
    by: UUID
    version: PositiveInt


class GetClinic(Command[ClinicView]):
    refuses = "unknown_clinic"
    clinic_id: UUID


class ClinicsView(Message):
    clinics: list[ClinicView]


class ListClinics(Command[ClinicsView]):
    """The clinics of one person."""

    person_id: UUID


class MemberView(Message):
    person_id: UUID
    name: values.StoredName
    role: values.ClinicRole
    since: AwareDatetime


class MembersView(Message):
    members: list[MemberView]


class ListMembers(Command[MembersView]):
    """For members only."""

    refuses = "not_yours"
    clinic_id: UUID
    by: UUID


class InvitationView(Message):
    """An invitation as owners see it; `invited_by` is the owner who sent it, where that was kept.

    It is `ended` once it is withdrawn, once the person joins, leaves or gets another role, and once its
    sender is no owner any more.
    """

    invitation_id: UUID
    clinic_id: UUID
    email: values.StoredEmail
    role: values.ClinicRole
    invited_by: UUID | None
    state: InvitationState
    sent_at: AwareDatetime
    expires_at: AwareDatetime


class Invite(WithFreshProofBy, Command[InvitationView]):
    """An owner has a link mailed that makes its reader a member. The role of an owner needs fresh proof."""

    refuses = (
        f"{PROVEN} not_yours unknown_clinic idempotency_key_reused too_many_attempts too_many_invitations"
    )
    invitation_id: UUID
    clinic_id: UUID
    email: values.Email
    role: values.ClinicRole


class InvitationsPage(Message):
    invitations: list[InvitationView]
    next_cursor: str | None


class ListInvitations(OpenOnly, Command[InvitationsPage]):
    """For owners: the invitations of their clinic that have not expired, newest first."""

    refuses = "not_yours unknown_clinic bad_cursor"
    clinic_id: UUID
    by: UUID


class WithdrawInvitation(Command[Done]):
    """An owner ends an invitation that is open. Repeating it changes nothing."""

    refuses = "not_yours unknown_clinic invitation_accepted"
    invitation_id: UUID
    clinic_id: UUID
    by: UUID


class MembershipView(Message):
    clinic_id: UUID
    clinic_name: values.StoredName
    person_id: UUID
    role: values.ClinicRole


class AcceptInvitation(Command[MembershipView]):
    """By the account of the address it was mailed to, signed in with the role it needs; once."""

    refuses = "other_address dead_link unknown_account"
    token: values.LinkToken
    by: UUID
    role: values.Role


class ChangeMember(WithFreshProofBy, Command[MembershipView]):
    """An owner makes an owner of staff, or the other way round."""

    refuses = f"{PROVEN} not_yours unknown_clinic unknown_member last_owner"
    clinic_id: UUID
    person_id: UUID
    role: Literal["owner", "staff"]


class EndMembership(WithFreshProofBy, Command[Done]):
    """End a membership: an owner or the member can; one owner stays. Repeating it changes nothing."""

    refuses = f"{PROVEN} not_yours unknown_clinic last_owner"
    clinic_id: UUID
    person_id: UUID
    role: values.Role


class MembershipChanged(Event):
    """A person became a member of a clinic, changed their role in it, or left."""

    subject: ClassVar[str] = "membership_id"

    membership_id: UUID
    clinic_id: UUID
    person_id: UUID
    role: values.ClinicRole
    state: Literal["active", "ended"]
