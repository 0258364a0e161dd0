"""Who is asking: access tokens are verified here, with the public keys of accounts."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.bus.client import Bus
from shared.contracts.accounts import TOKEN_AUDIENCE, TOKEN_ISSUER, ListTokenKeys, Role
from shared.errors import Refused, Unavailable

ASK_AGAIN_AFTER, ASK_AFTER_FAILURE = 5.0, 0.5  # seconds
LEEWAY = 5  # seconds that the clocks of accounts and gateway may be apart

_bearer = HTTPBearer(auto_error=False, description="The access token of POST /v1/sessions.")


@dataclass(frozen=True)
class Caller:
    """A person, in the role she signed in with."""

    id: UUID
    role: Role


@dataclass
class Keyring:
    """The public keys by their id; asked for again when a token names one that is not here yet."""

    bus: Bus
    _keys: dict[str, Any] = field(default_factory=dict)
    _not_before: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def key(self, key_id: str) -> Any:
        """Raises KeyError where accounts knows no such key, Unavailable where it was never heard."""
        if key_id not in self._keys:
            async with self._asking:
                if time.monotonic() >= self._not_before:
                    await self._ask()
        if not self._keys:
            raise Unavailable("accounts has not said its keys yet")
        return self._keys[key_id]

    async def _ask(self) -> None:
        try:
            answer = await self.bus.call(ListTokenKeys())
        except Unavailable:
            # whoever waited for this answer has waited long enough
            self._not_before = time.monotonic() + ASK_AFTER_FAILURE
            raise
        self._not_before = time.monotonic() + ASK_AGAIN_AFTER
        self._keys = {each["kid"]: jwt.PyJWK(each).key for each in answer.keys}


async def _caller(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    if credentials is None:
        raise Refused("not_signed_in", "Sign in at /v1/sessions and send the access token.")
    token, keyring = credentials.credentials, request.app.state.keyring
    try:
        key = await keyring.key(jwt.get_unverified_header(token)["kid"])
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=TOKEN_AUDIENCE,
            issuer=TOKEN_ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "role"]},
        )
        if claims["role"] not in get_args(Role):
            raise ValueError
        return Caller(id=UUID(claims["sub"]), role=claims["role"])
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError):
        detail = "The access token is not valid, or no longer: sign in again."
        raise Refused("not_signed_in", detail) from None


def _only(role: Role) -> Any:
    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if caller.role != role:
            detail = (
                f"This is for a {role}, and you are signed in as a {caller.role}: "
                "verify that you are signed into the correct role account."
            )
            raise Refused("wrong_role", detail, role=caller.role, needed=role)
        return caller

    return Depends(check)


SignedIn = Annotated[Caller, Depends(_caller)]
Patient = Annotated[Caller, _only("patient")]
Professional = Annotated[Caller, _only("professional")]
