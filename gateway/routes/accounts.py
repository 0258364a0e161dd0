"""Your account: who you are, whom you act for, and who looked at your data."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import Patient, SignedIn
from gateway.bus import Bus
from gateway.fields import (
    Body,
    Cursor,
    Day,
    IdempotencyKey,
    Limit,
    MailedLink,
    Origin,
    PhoneNumber,
    Version,
    new_id,
    strangers_id,
)
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.people import (
    AccessLogPage,
    AccountView,
    AddDependent,
    AddRole,
    ChangeDependent,
    ChangeProfile,
    ConfirmAccount,
    ConfirmAccountByLink,
    DependentsView,
    DependentView,
    GetAccount,
    ListAccessLog,
    ListDependents,
    RegisterAccount,
    RegistrationView,
    Relationship,
    RemoveDependent,
)
from shared.contracts.accounts.values import (
    Email,
    Languages,
    Locale,
    MailedCode,
    Name,
    OwnRole,
    Password,
    PhotoUrl,
)
from shared.contracts.base import TimeZone

router = APIRouter(prefix="/v1", tags=["accounts"])


class NewAccount(Body):
    email: Email = Field(examples=["anna@example.org"])
    password: Password = Field(examples=["a long sentence nobody guesses"])
    name: Name = Field(examples=["Anna Conti"])
    role: OwnRole


class ProvedByCode(Body):
    registration_id: UUID
    code: MailedCode = Field(examples=["48213907"])


class ProvedByLink(MailedLink):
    password: Password = Field(examples=["a long sentence nobody guesses"])


class Profile(Body):
    version: Version
    name: Name = Field(examples=["Anna Conti"])
    phone: PhoneNumber | None = None
    languages: Languages = Field([], examples=[["it", "en"]])
    time_zone: TimeZone | None = Field(None, examples=["Europe/Rome"])
    locale: Locale | None = Field(None, examples=["it-IT"])
    photo_url: PhotoUrl | None = Field(None, examples=["https://example.org/anna.jpg"])


class NewRole(Body):
    role: OwnRole


class NewDependent(Body):
    name: Name = Field(examples=["Luca Conti"])
    relationship: Relationship
    born_on: Day | None = None


class ChangedDependent(NewDependent):
    version: Version


@router.post(
    "/accounts",
    status_code=202,
    responses=documented(RegisterAccount, refusals.InvalidEmail),
)
async def register_account(
    body: NewAccount, key: IdempotencyKey, origin: Origin, bus: Bus
) -> RegistrationView:
    """Register in one role; the user name is the e-mail address.

    A code and a link are mailed to the address, and the account begins when one of them comes back. The
    answer is the same if the address has an account: then the mail says so. By default, at most 10 of these
    mails go to one address in an hour; the link in an earlier one stays valid.
    """
    return await bus.call(
        RegisterAccount(
            registration_id=strangers_id("registration", body.email, key),
            email=body.email,
            password=body.password,
            name=body.name,
            role=body.role,
            origin=origin,
        )
    )


@router.post(
    "/accounts/confirm",
    status_code=201,
    responses=documented(ConfirmAccount),
)
async def confirm_account(body: ProvedByCode, bus: Bus) -> AccountView:
    """Begin the account with the mailed code. Five wrong codes end the registration."""
    return await bus.call(ConfirmAccount(registration_id=body.registration_id, code=body.code))


@router.post(
    "/accounts/confirm-by-link",
    status_code=201,
    responses=documented(ConfirmAccountByLink),
)
async def confirm_account_by_link(body: ProvedByLink, bus: Bus) -> AccountView:
    """Begin the account with the mailed link. The password given here counts, not the earlier one."""
    return await bus.call(ConfirmAccountByLink(token=body.token, password=body.password))


_MINE = ("not_signed_in", "unknown_account")


@router.get("/me", responses=documented(GetAccount))
async def get_my_account(caller: SignedIn, bus: Bus) -> AccountView:
    """Your own account."""
    return await bus.call(GetAccount(account_id=caller.id))


@router.put(
    "/me",
    responses=documented(ChangeProfile, refusals.InvalidPhone),
)
async def change_profile(body: Profile, caller: SignedIn, bus: Bus) -> AccountView:
    """Change your profile. The directory shows a professional's name, photo and languages."""
    return await bus.call(
        ChangeProfile(
            account_id=caller.id,
            version=body.version,
            name=body.name,
            phone=body.phone,
            languages=body.languages,
            time_zone=body.time_zone,
            locale=body.locale,
            photo_url=body.photo_url,
        )
    )


@router.post("/me/roles", responses=documented(AddRole))
async def add_role(body: NewRole, caller: SignedIn, bus: Bus) -> AccountView:
    """Take one more role. To use it, sign in with it."""
    return await bus.call(AddRole(person_id=caller.id, session_id=caller.session_id, role=body.role))


@router.get("/me/audit", responses=documented(ListAccessLog))
async def list_my_access_log(
    caller: SignedIn, bus: Bus, cursor: Cursor = None, limit: Limit = 50
) -> AccessLogPage:
    """List the people who read your data or changed your rights, newest first."""
    return await bus.call(ListAccessLog(person_id=caller.id, cursor=cursor, limit=limit))


@router.get("/me/dependents", responses=documented(ListDependents))
async def list_my_dependents(caller: Patient, bus: Bus) -> DependentsView:
    """The people you act for."""
    return await bus.call(ListDependents(person_id=caller.id))


@router.post(
    "/me/dependents",
    status_code=201,
    responses=documented(AddDependent),
)
async def add_dependent(body: NewDependent, key: IdempotencyKey, caller: Patient, bus: Bus) -> DependentView:
    """Add somebody you act for: a child, a parent."""
    return await bus.call(
        AddDependent(
            dependent_id=new_id(caller.id, key),
            person_id=caller.id,
            name=body.name,
            relationship=body.relationship,
            born_on=body.born_on,
        )
    )


@router.put(
    "/me/dependents/{dependent_id}",
    responses=documented(ChangeDependent),
)
async def change_dependent(
    dependent_id: UUID, body: ChangedDependent, caller: Patient, bus: Bus
) -> DependentView:
    """Change what is written of somebody you act for."""
    return await bus.call(
        ChangeDependent(
            dependent_id=dependent_id,
            person_id=caller.id,
            version=body.version,
            name=body.name,
            relationship=body.relationship,
            born_on=body.born_on,
        )
    )


@router.delete("/me/dependents/{dependent_id}", status_code=204, responses=documented(RemoveDependent))
async def remove_dependent(dependent_id: UUID, caller: Patient, bus: Bus) -> None:
    """Act for somebody no longer."""
    await bus.call(RemoveDependent(dependent_id=dependent_id, person_id=caller.id))
