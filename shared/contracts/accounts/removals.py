"""Support removes a lost second factor from an account, after a wait in which the owner can stop it."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.accounts.values import Email, LinkToken
from shared.contracts.base import Command, Done, Message, Page


class FactorRemoval(Message):
    """A removal that waits until `due_at`, was stopped, or is done."""

    removal_id: UUID
    account_id: UUID
    state: Literal["waiting", "stopped", "done"]
    asked_by: UUID
    asked_at: AwareDatetime
    due_at: AwareDatetime
    ended_at: AwareDatetime | None


class AskFactorRemoval(Command[FactorRemoval]):
    """Have the authenticator app and the passkeys of an account removed, after a wait.

    The owner is told at once, each day, and when it is done, and can stop it; signing in with a factor stops
    it too. The account is named by one of `email` and `account_id`. Repeating it changes nothing.
    """

    refuses = "idempotency_key_reused unknown_account account_closed no_second_factor already_on not_allowed"
    removal_id: UUID
    by: UUID
    email: Email | None = None
    account_id: UUID | None = None


class StopFactorRemoval(Command[Done]):
    """Keep the factors, by a mailed link."""

    refuses = "dead_link"
    token: LinkToken


class FactorRemovalsPage(Message):
    removals: list[FactorRemoval]
    next_cursor: str | None


class ListFactorRemovals(Page, Command[FactorRemovalsPage]):
    """List removals, newest first."""

    refuses = "bad_cursor"
