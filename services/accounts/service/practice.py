"""Clinics and the directory."""

from services.accounts.handlers import clinics, directory, invitations
from services.accounts.service.base import Part
from shared import bus
from shared.contracts import accounts as say
from shared.contracts.base import Done


class Practice(Part):
    """The commands of: clinics, directory."""

    @bus.command(say.clinics.CreateClinic)
    def create_clinic(self, command: say.clinics.CreateClinic) -> say.clinics.ClinicView:
        return clinics.create(self.unit, command, now=self.clock())

    @bus.command(say.clinics.ChangeClinic)
    def change_clinic(self, command: say.clinics.ChangeClinic) -> say.clinics.ClinicView:
        return clinics.change(self.unit, command)

    @bus.command(say.clinics.GetClinic)
    def get_clinic(self, command: say.clinics.GetClinic) -> say.clinics.ClinicView:
        return clinics.get(self.unit, command)

    @bus.command(say.clinics.ListClinics)
    def list_clinics(self, command: say.clinics.ListClinics) -> say.clinics.ClinicsView:
        return clinics.list_mine(self.unit, command)

    @bus.command(say.clinics.ListMembers)
    def list_members(self, command: say.clinics.ListMembers) -> say.clinics.MembersView:
        return clinics.list_members(self.unit, command, now=self.clock())

    @bus.command(say.clinics.Invite)
    def invite(self, command: say.clinics.Invite) -> say.clinics.InvitationView:
        return invitations.invite(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.clinics.AcceptInvitation)
    def accept_invitation(self, command: say.clinics.AcceptInvitation) -> say.clinics.MembershipView:
        return invitations.accept(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.clinics.ListInvitations)
    def list_invitations(self, command: say.clinics.ListInvitations) -> say.clinics.InvitationsPage:
        return invitations.list_all(self.unit, command, now=self.clock())

    @bus.command(say.clinics.WithdrawInvitation)
    def withdraw_invitation(self, command: say.clinics.WithdrawInvitation) -> Done:
        return invitations.withdraw(self.unit, command, now=self.clock())

    @bus.command(say.clinics.ChangeMember)
    def change_member(self, command: say.clinics.ChangeMember) -> say.clinics.MembershipView:
        return clinics.change_member(self.unit, command, now=self.clock())

    @bus.command(say.clinics.EndMembership)
    def end_membership(self, command: say.clinics.EndMembership) -> Done:
        return clinics.end_membership(self.unit, command, now=self.clock())

    @bus.command(say.directory.PublishListing)
    def publish_listing(self, command: say.directory.PublishListing) -> say.directory.ListingView:
        return directory.publish(self.unit, command)

    @bus.command(say.directory.GetListing)
    def get_listing(self, command: say.directory.GetListing) -> say.directory.ListingView:
        return directory.get(self.unit, command)

    @bus.command(say.directory.FindProfessionals)
    def find_professionals(self, command: say.directory.FindProfessionals) -> say.directory.ProfessionalsPage:
        return directory.find(self.unit, command)
