"""A bus without services behind it, for pages: what they ask is remembered, what they get is known."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared.contracts.accounts.addresses import UndoAddress
from shared.contracts.accounts.deletion import (
    AccountDeletion,
    AskDeletion,
    ConfirmDeletion,
    ReopenAccount,
    RetainedData,
)
from shared.contracts.accounts.people import ConfirmAccountByLink
from shared.contracts.accounts.recovery import AskReset, GetLink, LinkView, ResetPassword
from shared.contracts.accounts.tickets import OpenTicket, TicketView
from shared.contracts.base import Command, Done, Event
from shared.errors import Unavailable

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class ScriptedBus:
    """Answers each command alike, or raises `failure`."""

    def __init__(self) -> None:
        self.connection = 1
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was asked, and answer again."""
        self.commands: list[Command[Any]] = []
        self.failure: Exception | None = None

    async def call(self, command: Command[Any]) -> Any:
        self.commands.append(command)
        if self.failure:
            raise self.failure
        return ANSWERS[type(command)](command)

    async def ping(self, service: str) -> None:
        raise Unavailable(service)

    def subscribe(self, kind: type[Event], tell: Callable[[Any], None]) -> None:
        """Nothing is announced here."""


def _opened(command: OpenTicket) -> TicketView:
    facts = command.model_dump() | {"version": 1, "opened_at": NOON, "answer": None, "answered_at": None}
    return TicketView.model_validate(facts)


def _closed(_: ConfirmDeletion) -> AccountDeletion:
    kept = RetainedData(service="requests", what="That visits took <place>", why="The law & its reasons")
    return AccountDeletion(erases_at=NOON, kept=[kept])


ANSWERS: dict[type[Command[Any]], Callable[[Any], Any]] = {
    AskReset: lambda _: Done(),
    ResetPassword: lambda _: Done(),
    AskDeletion: lambda _: Done(),
    ReopenAccount: lambda _: Done(),
    ConfirmDeletion: _closed,
    OpenTicket: _opened,
    UndoAddress: lambda _: Done(),
    ConfirmAccountByLink: lambda _: Done(),
    GetLink: lambda _: LinkView(kind="reset", expires_at=NOON),
}
