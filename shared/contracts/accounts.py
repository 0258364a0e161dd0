"""What the accounts service accepts and answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, PositiveInt

from shared.contracts.base import Command, Line, Message

TOKEN_ISSUER, TOKEN_AUDIENCE = "healthconnect", "healthconnect-api"
"""What access tokens say of where they come from, and what they are for."""

Role = Literal["patient", "professional"]


def _ascii(email: str) -> str:
    if not email.isascii():
        raise ValueError("must be an address in ASCII")
    return email


Email = Annotated[EmailStr, Field(max_length=254), AfterValidator(_ascii)]
Password = Annotated[str, Field(min_length=1, max_length=128, repr=False)]
Name = Annotated[Line, Field(min_length=1, max_length=200)]


class AccountView(Message):
    account_id: UUID
    email: Email
    name: Name
    role: Role


class RegisterAccount(Command[AccountView]):
    """Create an account; repeating it with the same id and content answers with the same account."""

    account_id: UUID
    email: Email
    password: Password
    name: Name
    role: Role


class TokenView(Message):
    """An access token: an EdDSA-signed JWT, and its life in seconds."""

    access_token: Annotated[str, Field(repr=False)]
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: PositiveInt
    account_id: UUID
    role: Role


class SignIn(Command[TokenView]):
    email: Email
    password: Password


class GetAccount(Command[AccountView]):
    account_id: UUID


class ProfessionalView(Message):
    professional_id: UUID
    name: Name


class ProfessionalsPage(Message):
    professionals: list[ProfessionalView]
    next_cursor: str | None


class ListProfessionals(Command[ProfessionalsPage]):
    """Professionals by name; `cursor` is the `next_cursor` of the page before."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class TokenKeys(Message):
    """The public keys that verify access tokens, as a JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class ListTokenKeys(Command[TokenKeys]):
    pass
