"""Leaving, and writing to support."""

from uuid import uuid4

from services.accounts.handlers import deletion, removals, tickets
from services.accounts.service.base import Part
from shared import bus
from shared.contracts import accounts as say
from shared.contracts.base import Done


class Support(Part):
    """The commands of: deletion, removals, tickets."""

    @bus.command(say.deletion.AskDeletion)
    def ask_deletion(self, demand: say.deletion.AskDeletion) -> Done:
        return deletion.ask(self.unit, demand, tools=self.tools)

    @bus.command(say.deletion.AskMyDeletion)
    def ask_my_deletion(self, demand: say.deletion.AskMyDeletion) -> Done:
        return deletion.ask_mine(self.unit, demand, link_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.deletion.ConfirmDeletion)
    def confirm_deletion(self, demand: say.deletion.ConfirmDeletion) -> say.deletion.DeletionView:
        return deletion.confirm(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.deletion.KeepAccount)
    def keep_account(self, demand: say.deletion.KeepAccount) -> Done:
        return deletion.keep(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.deletion.ListDeletions)
    def list_deletions(self, demand: say.deletion.ListDeletions) -> say.deletion.DeletionsPage:
        return deletion.list_all(self.unit, demand)

    @bus.command(say.removals.AskFactorRemoval)
    def ask_factor_removal(self, demand: say.removals.AskFactorRemoval) -> say.removals.FactorRemoval:
        return removals.ask(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.removals.StopFactorRemoval)
    def stop_factor_removal(self, demand: say.removals.StopFactorRemoval) -> Done:
        return removals.stop(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.removals.ListFactorRemovals)
    def list_factor_removals(
        self, demand: say.removals.ListFactorRemovals
    ) -> say.removals.FactorRemovalsPage:
        return removals.list_all(self.unit, demand)

    @bus.command(say.tickets.OpenTicket)
    def open_ticket(self, demand: say.tickets.OpenTicket) -> say.tickets.TicketView:
        return tickets.open_ticket(self.unit, demand, tools=self.tools, now=self.clock())

    @bus.command(say.tickets.ListTickets)
    def list_tickets(self, demand: say.tickets.ListTickets) -> say.tickets.TicketsPage:
        return tickets.list_all(self.unit, demand, now=self.clock())

    @bus.command(say.tickets.AnswerTicket)
    def answer_ticket(self, demand: say.tickets.AnswerTicket) -> say.tickets.TicketView:
        return tickets.answer(self.unit, demand, now=self.clock())
