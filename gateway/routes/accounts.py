"""Accounts, signing in, and who there is to be seen."""

from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.description import documented
from gateway.fields import Body, Cursor, IdempotencyKey, Limit, new_id
from shared.contracts.accounts import (
    AccountView,
    Email,
    GetAccount,
    ListProfessionals,
    Name,
    Password,
    ProfessionalsPage,
    RegisterAccount,
    Role,
    SignIn,
    TokenView,
)

router = APIRouter(prefix="/v1", tags=["accounts"])


class NewAccount(Body):
    email: Email = Field(examples=["anna@example.org"])
    password: Password = Field(examples=["a long sentence nobody guesses"])
    name: Name = Field(examples=["Anna Conti"])
    role: Role


class Credentials(Body):
    email: Email = Field(examples=["anna@demo.example"])
    password: Password = Field(examples=["a demo password, for this machine only"])


@router.post(
    "/accounts",
    status_code=201,
    responses=documented(
        "idempotency_key_missing",
        "email_taken",
        "weak_password",
        "invalid_email",
        "idempotency_key_reused",
        body=True,
    ),
)
async def register(body: NewAccount, key: IdempotencyKey, bus: Bus) -> AccountView:
    """Create an account as patient or professional; the user name is the e-mail address."""
    stranger = uuid5(NAMESPACE_URL, f"mailto:{body.email.casefold()}")
    return await bus.call(
        RegisterAccount(
            account_id=new_id(stranger, key),
            email=body.email,
            password=body.password,
            name=body.name,
            role=body.role,
        )
    )


@router.post("/sessions", responses=documented("wrong_credentials", body=True))
async def sign_in(body: Credentials, bus: Bus) -> TokenView:
    """Sign in: the access token is good for ten minutes, in the role of the account."""
    return await bus.call(SignIn(email=body.email, password=body.password))


@router.get("/me", responses=documented("not_signed_in", "unknown_account"))
async def my_account(caller: SignedIn, bus: Bus) -> AccountView:
    """Your own account."""
    return await bus.call(GetAccount(account_id=caller.id))


@router.get("/professionals", responses=documented("bad_cursor"))
async def professionals(bus: Bus, cursor: Cursor = None, limit: Limit = 50) -> ProfessionalsPage:
    """Professionals by name."""
    return await bus.call(ListProfessionals(cursor=cursor, limit=limit))
