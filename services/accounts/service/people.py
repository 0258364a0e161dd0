"""Accounts, profiles, dependents and the audit."""

from uuid import uuid4

from services.accounts.handlers import dependents, guests, people, registration
from services.accounts.service.base import Part
from shared import bus
from shared.contracts import accounts as say
from shared.contracts.base import Done


class People(Part):
    """The commands of: people, guests."""

    @bus.command(say.people.RegisterAccount)
    def register(self, command: say.people.RegisterAccount) -> say.people.RegistrationView:
        return registration.begin(self.unit, command, proof_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.people.ConfirmAccount)
    def confirm(self, command: say.people.ConfirmAccount) -> say.people.AccountView:
        return registration.confirm(
            self.unit, command, account_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.people.ConfirmAccountByLink)
    def confirm_by_link(self, command: say.people.ConfirmAccountByLink) -> say.people.AccountView:
        return registration.confirm_by_link(
            self.unit, command, account_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.people.OpenAccount)
    def open_account(self, command: say.people.OpenAccount) -> say.people.AccountView:
        return registration.open_account(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.people.GrantSupport)
    def grant_support(self, command: say.people.GrantSupport) -> say.people.AccountView:
        return people.grant_support(self.unit, command, now=self.clock())

    @bus.command(say.people.GetAccount)
    def get(self, command: say.people.GetAccount) -> say.people.AccountView:
        return people.get(self.unit, command)

    @bus.command(say.people.ChangeProfile)
    def change_profile(self, command: say.people.ChangeProfile) -> say.people.AccountView:
        return people.change_profile(self.unit, command)

    @bus.command(say.people.AddRole)
    def add_role(self, command: say.people.AddRole) -> say.people.AccountView:
        return people.add_role(self.unit, command, now=self.clock())

    @bus.command(say.people.GetPerson)
    def get_person(self, command: say.people.GetPerson) -> say.people.PersonView:
        return people.get_person(self.unit, command, now=self.clock())

    @bus.command(say.people.ListAudit)
    def list_audit(self, command: say.people.ListAudit) -> say.people.AuditPage:
        return people.list_audit(self.unit, command)

    @bus.command(say.people.AddDependent)
    def add_dependent(self, command: say.people.AddDependent) -> say.people.DependentView:
        return dependents.add(self.unit, command)

    @bus.command(say.people.ChangeDependent)
    def change_dependent(self, command: say.people.ChangeDependent) -> say.people.DependentView:
        return dependents.change(self.unit, command)

    @bus.command(say.people.RemoveDependent)
    def remove_dependent(self, command: say.people.RemoveDependent) -> Done:
        return dependents.remove(self.unit, command)

    @bus.command(say.people.ListDependents)
    def list_dependents(self, command: say.people.ListDependents) -> say.people.DependentsView:
        return dependents.list_all(self.unit, command)

    @bus.command(say.guests.WelcomeGuest)
    def welcome_guest(self, command: say.guests.WelcomeGuest) -> say.guests.WelcomedView:
        return guests.welcome(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.guests.TurnAwayGuest)
    def turn_away_guest(self, command: say.guests.TurnAwayGuest) -> Done:
        return guests.turn_away(self.unit, command, tools=self.tools)

    @bus.command(say.guests.JoinGuest)
    def join_guest(self, command: say.guests.JoinGuest) -> Done:
        return guests.join(self.unit, command, now=self.clock())

    @bus.command(say.guests.AskGuestLinks)
    def ask_guest_links(self, command: say.guests.AskGuestLinks) -> Done:
        return guests.ask_links(self.unit, command, tools=self.tools)

    @bus.command(say.guests.LookAtGuest)
    def look_at_guest(self, command: say.guests.LookAtGuest) -> Done:
        return guests.look_at(self.unit, command)

    @bus.command(say.guests.ForgetGuest)
    def forget_guest(self, command: say.guests.ForgetGuest) -> Done:
        return guests.forget(self.unit, command, now=self.clock())
