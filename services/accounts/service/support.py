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
    def ask_deletion(self, command: say.deletion.AskDeletion) -> Done:
        return deletion.ask(self.unit, command, tools=self.tools)

    @bus.command(say.deletion.AskMyDeletion)
    def ask_my_deletion(self, command: say.deletion.AskMyDeletion) -> Done:
        return deletion.ask_mine(self.unit, command, link_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.deletion.ConfirmDeletion)
    def confirm_deletion(self, command: say.deletion.ConfirmDeletion) -> say.deletion.DeletionView:
        return deletion.confirm(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.deletion.KeepAccount)
    def keep_account(self, command: say.deletion.KeepAccount) -> Done:
        return deletion.keep(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.deletion.ListDeletions)
    def list_deletions(self, command: say.deletion.ListDeletions) -> say.deletion.DeletionsPage:
        return deletion.list_all(self.unit, command)

    @bus.command(say.removals.AskFactorRemoval)
    def ask_factor_removal(self, command: say.removals.AskFactorRemoval) -> say.removals.FactorRemoval:
        return removals.ask(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.removals.StopFactorRemoval)
    def stop_factor_removal(self, command: say.removals.StopFactorRemoval) -> Done:
        return removals.stop(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.removals.ListFactorRemovals)
    def list_factor_removals(
        self, command: say.removals.ListFactorRemovals
    ) -> say.removals.FactorRemovalsPage:
        return removals.list_all(self.unit, command)

    @bus.command(say.tickets.OpenTicket)
    def open_ticket(self, command: say.tickets.OpenTicket) -> say.tickets.TicketView:
        return tickets.open_ticket(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.tickets.ListTickets)
    def list_tickets(self, command: say.tickets.ListTickets) -> say.tickets.TicketsPage:
        return tickets.list_all(self.unit, command, now=self.clock())

    @bus.command(say.tickets.AnswerTicket)
    def answer_ticket(self, command: say.tickets.AnswerTicket) -> say.tickets.TicketView:
        return tickets.answer(self.unit, command, now=self.clock())
