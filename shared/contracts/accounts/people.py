"""People: accounts, profiles, those they act for, and who looked at them."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.accounts import values
from shared.contracts.accounts.refusals import PROVEN
from shared.contracts.accounts.sessions import WithFreshProof
from shared.contracts.base import Command, Day, Done, Message, Page, TimeZone


class AccountView(Message):
    """An account as its owner sees it."""

    account_id: UUID
    version: PositiveInt
    email: values.StoredEmail
    name: values.StoredName
    roles: list[values.Role]
    phone: values.Phone | None
    languages: values.Languages
    time_zone: TimeZone | None
    locale: values.Locale | None
    photo_url: values.PhotoUrl | None
    totp: bool
    """True if signing in with the password asks for a code as well."""


class RegistrationView(Message):
    """A registration; an account begins when its address is proved before `expires_at`."""

    registration_id: UUID
    expires_at: AwareDatetime


class NewAccount(Message):
    email: values.Email = Field(examples=["anna@example.org"])
    password: values.Password = Field(examples=["a long sentence nobody guesses"])
    name: values.Name = Field(examples=["Anna Conti"])
    role: values.OwnRole


class RegisterAccount(NewAccount, Command[RegistrationView]):
    """Mail a code and a link to the address. The answer is the same if the address has an account.

    Repeating it with the same id and content answers the same, and mails nothing.
    """

    refuses = "weak_password common_password idempotency_key_reused too_many_attempts"
    registration_id: UUID
    origin: values.Origin


class ConfirmAccount(Command[AccountView]):
    """Prove the address with the mailed code; repeating it answers with the same account."""

    refuses = "wrong_code registration_over email_taken"
    registration_id: UUID
    code: values.MailedCode


class ConfirmAccountByLink(Command[AccountView]):
    """Prove the address with the mailed link. This password counts, not the one that was registered with."""

    refuses = "dead_link email_taken weak_password common_password"
    token: values.LinkToken
    password: values.Password


class OpenAccount(NewAccount, Command[AccountView]):
    """Create an account whose address the operator vouches for. No route leads here: operators send it.

    Repeating it with the same id and content answers with the same account.
    """

    account_id: UUID


class GrantSupport(Command[AccountView]):
    """Make an account one of the operator's people. No route leads here: operators send it themselves."""

    email: values.Email


class GetAccount(Command[AccountView]):
    refuses = "unknown_account"
    account_id: UUID


class Profile(Message):
    name: values.Name = Field(examples=["Anna Conti"])
    phone: values.Phone | None = None
    languages: values.Languages = Field([], examples=[["it", "en"]])
    time_zone: TimeZone | None = Field(None, examples=["Europe/Rome"])
    locale: values.Locale | None = Field(None, examples=["it-IT"])
    photo_url: values.PhotoUrl | None = Field(None, examples=["https://example.org/anna.jpg"])


class ChangeProfile(Profile, Command[AccountView]):
    """Replace the profile of an account."""

    refuses = "unknown_account stale_version unknown_time_zone"
    account_id: UUID
    version: PositiveInt


class AddRole(WithFreshProof, Command[AccountView]):
    """Take one more role; taking one that is there changes nothing."""

    refuses = f"{PROVEN} weak_password"
    role: values.OwnRole


Relationship = Literal["child", "parent", "partner", "sibling", "grandparent", "ward", "other"]
"""The relationship of the dependent to the person who acts for them."""


class DependentView(Message):
    """Somebody a patient acts for."""

    dependent_id: UUID
    version: PositiveInt
    name: values.StoredName
    relationship: Relationship
    born_on: date | None


class NewDependent(Message):
    name: values.Name = Field(examples=["Luca Conti"])
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
    name: values.StoredName
    email: values.StoredEmail
    phone: values.Phone | None
    languages: values.Languages
    locale: values.Locale | None
    dependents: list[DependentView]


class GetPerson(Command[PersonView]):
    """Look a patient up; it is written down who did."""

    refuses = "not_yours"
    person_id: UUID
    by: UUID
    role: values.Role


class AccessLogEntry(Message):
    """An entry of the access log: somebody read a person's data, or changed their rights."""

    at: AwareDatetime
    actor_id: UUID
    actor_name: values.StoredName | None
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
