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
    def register(self, demand: say.people.RegisterAccount) -> say.people.RegistrationView:
        return registration.begin(self.unit, demand, proof_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.people.ConfirmAccount)
    def confirm(self, demand: say.people.ConfirmAccount) -> say.people.AccountView:
        return registration.confirm(self.unit, demand, account_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.people.ConfirmAccountByLink)
    def confirm_by_link(self, demand: say.people.ConfirmAccountByLink) -> say.people.AccountView:
        return registration.confirm_by_link(
            self.unit, demand, account_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.people.OpenAccount)
    def open_account(self, demand: say.people.OpenAccount) -> say.people.AccountView:
        return registration.open_account(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.people.GrantSupport)
    def grant_support(self, demand: say.people.GrantSupport) -> say.people.AccountView:
        return people.grant_support(self.unit, demand, now=self.clock())

    @bus.command(say.people.GetAccount)
    def get(self, demand: say.people.GetAccount) -> say.people.AccountView:
        return people.get(self.unit, demand)

    @bus.command(say.people.ChangeProfile)
    def change_profile(self, demand: say.people.ChangeProfile) -> say.people.AccountView:
        return people.change_profile(self.unit, demand)

    @bus.command(say.people.AddRole)
    def add_role(self, demand: say.people.AddRole) -> say.people.AccountView:
        return people.add_role(self.unit, demand, now=self.clock())

    @bus.command(say.people.GetPerson)
    def get_person(self, demand: say.people.GetPerson) -> say.people.PersonView:
        return people.get_person(self.unit, demand, now=self.clock())

    @bus.command(say.people.ListAudit)
    def list_audit(self, demand: say.people.ListAudit) -> say.people.AuditPage:
        return people.list_audit(self.unit, demand)

    @bus.command(say.people.AddDependent)
    def add_dependent(self, demand: say.people.AddDependent) -> say.people.DependentView:
        return dependents.add(self.unit, demand)

    @bus.command(say.people.ChangeDependent)
    def change_dependent(self, demand: say.people.ChangeDependent) -> say.people.DependentView:
        return dependents.change(self.unit, demand)

    @bus.command(say.people.RemoveDependent)
    def remove_dependent(self, demand: say.people.RemoveDependent) -> Done:
        return dependents.remove(self.unit, demand)

    @bus.command(say.people.ListDependents)
    def list_dependents(self, demand: say.people.ListDependents) -> say.people.DependentsView:
        return dependents.list_all(self.unit, demand)

    @bus.command(say.guests.WelcomeGuest)
    def welcome_guest(self, demand: say.guests.WelcomeGuest) -> say.guests.WelcomedView:
        return guests.welcome(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.guests.TurnAwayGuest)
    def turn_away_guest(self, demand: say.guests.TurnAwayGuest) -> Done:
        return guests.turn_away(self.unit, demand, tools=self.tools)

    @bus.command(say.guests.JoinGuest)
    def join_guest(self, demand: say.guests.JoinGuest) -> Done:
        return guests.join(self.unit, demand, now=self.clock())

    @bus.command(say.guests.AskGuestLinks)
    def ask_guest_links(self, demand: say.guests.AskGuestLinks) -> Done:
        return guests.ask_links(self.unit, demand, tools=self.tools)

    @bus.command(say.guests.LookAtGuest)
    def look_at_guest(self, demand: say.guests.LookAtGuest) -> Done:
        return guests.look_at(self.unit, demand)

    @bus.command(say.guests.ForgetGuest)
    def forget_guest(self, demand: say.guests.ForgetGuest) -> Done:
        return guests.forget(self.unit, demand, now=self.clock())
