"""Your account: who you are, whom you act for, and who looked at your data."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway import fields
from gateway.auth import Patient, SignedIn
from gateway.bus import Bus
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import people
from shared.contracts.accounts.values import (
    MailedCode,
    OwnRole,
    Password,
)

router = APIRouter(prefix="/v1", tags=["accounts"])


class NewAccount(people.NewAccount, fields.Body):
    pass


class AccountConfirmation(fields.Body):
    registration_id: UUID
    code: MailedCode = Field(examples=["48213907"])


class AccountConfirmationByLink(fields.MailedLink):
    password: Password = Field(examples=["a long sentence nobody guesses"])


class Profile(people.Profile, fields.Body):
    version: fields.Version
    phone: fields.PhoneNumber | None = None


class AdditionalRole(fields.Body):
    role: OwnRole


class NewDependent(people.NewDependent, fields.Body):
    pass


class ChangedDependent(NewDependent):
    version: fields.Version


@router.post(
    "/accounts",
    status_code=202,
    responses=documented(people.RegisterAccount, refusals.InvalidEmail),
)
async def register_account(
    body: NewAccount, key: fields.IdempotencyKey, origin: fields.Origin, bus: Bus
) -> people.RegistrationView:
    """Register in one role; the user name is the e-mail address.

    A code and a link are mailed to the address, and the account begins when one of them comes back. The
    answer is the same if the address has an account: then the mail says so. By default, at most 10 of these
    mails go to one address in an hour; the link in an earlier one stays valid.
    """
    return await bus.call(
        people.RegisterAccount.of(
            body, registration_id=fields.strangers_id("registration", body.email, key), origin=origin
        )
    )


@router.post(
    "/accounts/confirm",
    status_code=201,
    responses=documented(people.ConfirmAccount),
)
async def confirm_account(body: AccountConfirmation, bus: Bus) -> people.AccountView:
    """Begin the account with the mailed code. Five wrong codes end the registration."""
    return await bus.call(people.ConfirmAccount.of(body))


@router.post(
    "/accounts/confirm-by-link",
    status_code=201,
    responses=documented(people.ConfirmAccountByLink),
)
async def confirm_account_by_link(body: AccountConfirmationByLink, bus: Bus) -> people.AccountView:
    """Begin the account with the mailed link. The password given here counts, not the earlier one."""
    return await bus.call(people.ConfirmAccountByLink.of(body))


@router.get("/me", responses=documented(people.GetAccount))
async def get_my_account(caller: SignedIn, bus: Bus) -> people.AccountView:
    """Your own account."""
    return await bus.call(people.GetAccount(account_id=caller.id))


@router.put(
    "/me",
    responses=documented(people.ChangeProfile, refusals.InvalidPhone),
)
async def change_profile(body: Profile, caller: SignedIn, bus: Bus) -> people.AccountView:
    """Change your profile. The directory shows a professional's name, photo and languages."""
    return await bus.call(people.ChangeProfile.of(body, account_id=caller.id))


@router.post("/me/roles", responses=documented(people.AddRole))
async def add_role(body: AdditionalRole, caller: SignedIn, bus: Bus) -> people.AccountView:
    """Take one more role. To use it, sign in with it."""
    return await bus.call(people.AddRole(person_id=caller.id, session_id=caller.session_id, role=body.role))


@router.get("/me/audit", responses=documented(people.ListAccessLog))
async def list_my_access_log(caller: SignedIn, bus: Bus, page: fields.Rows) -> people.AccessLogPage:
    """List the people who read your data or changed your rights, newest first."""
    return await bus.call(people.ListAccessLog.of(page, person_id=caller.id))


@router.get("/me/dependents", responses=documented(people.ListDependents))
async def list_my_dependents(caller: Patient, bus: Bus) -> people.DependentsView:
    """The people you act for."""
    return await bus.call(people.ListDependents(person_id=caller.id))


@router.post(
    "/me/dependents",
    status_code=201,
    responses=documented(people.AddDependent),
)
async def add_dependent(
    body: NewDependent, key: fields.IdempotencyKey, caller: Patient, bus: Bus
) -> people.DependentView:
    """Add somebody you act for: a child, a parent."""
    return await bus.call(
        people.AddDependent.of(body, dependent_id=fields.new_id(caller.id, key), person_id=caller.id)
    )


@router.put(
    "/me/dependents/{dependent_id}",
    responses=documented(people.ChangeDependent),
)
async def change_dependent(
    dependent_id: UUID, body: ChangedDependent, caller: Patient, bus: Bus
) -> people.DependentView:
    """Change what is written of somebody you act for."""
    return await bus.call(people.ChangeDependent.of(body, dependent_id=dependent_id, person_id=caller.id))


@router.delete("/me/dependents/{dependent_id}", status_code=204, responses=documented(people.RemoveDependent))
async def remove_dependent(dependent_id: UUID, caller: Patient, bus: Bus) -> None:
    """Act for somebody no longer."""
    await bus.call(people.RemoveDependent(dependent_id=dependent_id, person_id=caller.id))
