"""People: accounts, profiles, those they act for, and who looked at them."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.accounts.refusals import PROVEN
from shared.contracts.accounts.sessions import WithFreshProof
from shared.contracts.accounts.values import (
    Email,
    Languages,
    LinkToken,
    Locale,
    MailedCode,
    Name,
    Origin,
    OwnRole,
    Password,
    Phone,
    PhotoUrl,
    Role,
    StoredEmail,
    StoredName,
)
from shared.contracts.base import Command, Day, Done, Message, Page, TimeZone


class AccountView(Message):
    """An account as its owner sees it."""

    account_id: UUID
    version: PositiveInt
    email: StoredEmail
    name: StoredName
    roles: list[Role]
    phone: Phone | None
    languages: Languages
    time_zone: TimeZone | None
    locale: Locale | None
    photo_url: PhotoUrl | None
    totp: bool
    """True if signing in with the password asks for a code as well."""


class RegistrationView(Message):
    """A registration; an account begins when its address is proved before `expires_at`."""

    registration_id: UUID
    expires_at: AwareDatetime


class NewAccount(Message):
    email: Email = Field(examples=["anna@example.org"])
    password: Password = Field(examples=["a long sentence nobody guesses"])
    name: Name = Field(examples=["Anna Conti"])
    role: OwnRole


class RegisterAccount(NewAccount, Command[RegistrationView]):
    """Mail a code and a link to the address. The answer is the same if the address has an account.

    Repeating it with the same id and content answers the same, and mails nothing.
    """

    refuses = "weak_password common_password idempotency_key_reused too_many_attempts"
    registration_id: UUID
    origin: Origin


class ConfirmAccount(Command[AccountView]):
    """Prove the address with the mailed code; repeating it answers with the same account."""

    refuses = "wrong_code registration_over email_taken"
    registration_id: UUID
    code: MailedCode


class ConfirmAccountByLink(Command[AccountView]):
    """Prove the address with the mailed link. This password counts, not the one that was registered with."""

    refuses = "dead_link email_taken weak_password common_password"
    token: LinkToken
    password: Password


class OpenAccount(NewAccount, Command[AccountView]):
    """Create an account whose address the operator vouches for. No route leads here: operators send it.

    Repeating it with the same id and content answers with the same account.
    """

    account_id: UUID


class GrantSupport(Command[AccountView]):
    """Make an account one of the operator's people. No route leads here: operators send it themselves."""

    email: Email


class GetAccount(Command[AccountView]):
    refuses = "unknown_account"
    account_id: UUID


class Profile(Message):
    name: Name = Field(examples=["Anna Conti"])
    phone: Phone | None = None
    languages: Languages = Field([], examples=[["it", "en"]])
    time_zone: TimeZone | None = Field(None, examples=["Europe/Rome"])
    locale: Locale | None = Field(None, examples=["it-IT"])
    photo_url: PhotoUrl | None = Field(None, examples=["https://example.org/anna.jpg"])


class ChangeProfile(Profile, Command[AccountView]):
    """Replace the profile of an account."""

    refuses = "unknown_account stale_version unknown_time_zone"
    account_id: UUID
    version: PositiveInt


class AddRole(WithFreshProof, Command[AccountView]):
    """Take one more role; taking one that is there changes nothing."""

    refuses = f"{PROVEN} weak_password"
    role: OwnRole


Relationship = Literal["child", "parent", "partner", "sibling", "grandparent", "ward", "other"]
"""The relationship of the dependent to the person who acts for them."""


class DependentView(Message):
    """Somebody a patient acts for."""

    dependent_id: UUID
    version: PositiveInt
    name: StoredName
    relationship: Relationship
    born_on: date | None


class NewDependent(Message):
    name: Name = Field(examples=["Luca Conti"])
    relationship: Relationship
    born_on: Day | None = None


class AddDependent(NewDependent, Command[DependentView]):
    refuses = "too_many idempotency_key_reused"
    dependent_id: UUID
    person_id: UUID


class ChangeDependent(NewDependent, Command[DependentView]):
    refuses = "unknown_dependent stale_version"
    dependent_id: UUID
    person_id: UUID
    version: PositiveInt


class RemoveDependent(Command[Done]):
    """Removing one that is not there changes nothing."""

    dependent_id: UUID
    person_id: UUID


class DependentsView(Message):
    dependents: list[DependentView]


class ListDependents(Command[DependentsView]):
    person_id: UUID


class PersonView(Message):
    """A patient as their professional and the front desk see them."""

    person_id: UUID
    name: StoredName
    email: StoredEmail
    phone: Phone | None
    languages: Languages
    locale: Locale | None
    dependents: list[DependentView]


class GetPerson(Command[PersonView]):
    """Look a patient up; it is written down who did."""

    refuses = "not_yours"
    person_id: UUID
    by: UUID
    role: Role


class AccessLogEntry(Message):
    """An entry of the access log: somebody read a person's data, or changed their rights."""

    at: AwareDatetime
    actor_id: UUID
    actor_name: StoredName | None
    """None where the actor has no account any more."""
    actor_role: str
    action: str
    object_id: UUID


class AccessLogPage(Message):
    entries: list[AccessLogEntry]
    next_cursor: str | None


class ListAccessLog(Page, Command[AccessLogPage]):
    """List the access log of a person, newest first."""

    refuses = "bad_cursor"
    person_id: UUID
