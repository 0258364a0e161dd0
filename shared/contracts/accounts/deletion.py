"""Leaving for good."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.accounts.values import Email, LinkToken, Origin
from shared.contracts.base import Command, Done, Event, Message, Page


class RetainedData(Message):
    """Something that stays after an account was erased, and why."""

    service: str
    what: str
    why: str


class AccountDeletion(Message):
    """The account is closed, and will be erased."""

    erases_at: AwareDatetime
    kept: list[RetainedData]


class AskDeletion(Command[Done]):
    """Mail a link that confirms it, if this address has an account; the answer is the same if it has none."""

    refuses = "too_many_attempts"
    email: Email
    origin: Origin


class AskMyDeletion(Command[Done]):
    refuses = "unknown_account last_owner too_many_attempts"
    person_id: UUID


class ConfirmDeletion(Command[AccountDeletion]):
    """Close the account by the mailed link: every session ends. Repeating it changes nothing."""

    refuses = "dead_link unknown_account last_owner"
    token: LinkToken


class ReopenAccount(Command[Done]):
    """Change one's mind by the mailed link, as long as the account is not erased."""

    refuses = "dead_link unknown_account"
    token: LinkToken


class DeletionRecord(Message):
    """The state of a deletion; `done_by` are the services that have erased their part."""

    person_id: UUID
    state: Literal["closing", "kept", "erased"]
    confirmed_at: AwareDatetime
    erases_at: AwareDatetime
    erased_at: AwareDatetime | None
    done_by: list[str]
    kept: list[RetainedData]


class DeletionsPage(Message):
    deletions: list[DeletionRecord]
    next_cursor: str | None


class ListDeletions(Page, Command[DeletionsPage]):
    """Newest first."""

    refuses = "bad_cursor"


class AccountClosed(Event):
    """An account was closed: nobody can sign in or request its professional, and it will be erased."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID


class AccountKept(Event):
    """The owner reopened the account."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID


class AccountErased(Event):
    """A person's data are gone from accounts: every service erases its part."""

    subject: ClassVar[str] = "person_id"

    person_id: UUID
