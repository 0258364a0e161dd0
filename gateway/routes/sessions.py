"""Signing in, staying in, and signing out, one device or all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Body, Origin
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.factors import SignInWithPasskey, StartPasskeySignIn
from shared.contracts.accounts.sessions import (
    Code,
    Credential,
    Device,
    EndAllSessions,
    EndSession,
    ListSessions,
    PasskeyOptions,
    RefreshSession,
    RefreshToken,
    SessionsView,
    SignIn,
    TokenView,
)
from shared.contracts.accounts.values import Email, Password, Role
from shared.contracts.base import Line

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


class ThisDevice(Body):
    """The phone that signs in: an id it made once and keeps, and a name its owner will know it by."""

    device_id: UUID | None = None
    name: Annotated[Line, Field(max_length=80, examples=["Anna's phone"])] = ""

    def device(self) -> Device:
        return Device(device_id=self.device_id, name=self.name)


class Credentials(Body):
    email: Email = Field(examples=["anna@demo.example"])
    password: Password = Field(examples=["a demo password, for this machine only"])
    code: Code | None = Field(None, description="Where your account asks for one.", examples=["123456"])
    role: Role | None = Field(None, description="Where you have several.")
    device: ThisDevice = ThisDevice()


class Refresh(Body):
    refresh_token: RefreshToken
    device_id: UUID | None = Field(None, description="The one you signed in with, if any.")


class PasskeyAnswer(Body):
    challenge_id: UUID
    credential: Credential
    role: Role | None = None
    device: ThisDevice = ThisDevice()


@router.post(
    "",
    responses=documented(SignIn, refusals.InvalidEmail),
)
async def sign_in(body: Credentials, origin: Origin, bus: Bus) -> TokenView:
    """Sign in with one role: an access token for ten minutes, and a refresh token for the next one."""
    return await bus.call(
        SignIn(
            email=body.email,
            password=body.password,
            code=body.code,
            role=body.role,
            device=body.device.device(),
            origin=origin,
        )
    )


@router.post("/refresh", responses=documented(RefreshSession))
async def refresh_session(body: Refresh, bus: Bus) -> TokenView:
    """Trade your refresh token for a new one and a new access token.

    If an answer gets lost, send the same token again, however late: you get the same successor. Once you have
    traded the successor, the old token ends the session: somebody has a copy.
    """
    return await bus.call(RefreshSession(refresh_token=body.refresh_token, device_id=body.device_id))


@router.post("/passkey/options", responses=documented(StartPasskeySignIn))
async def start_passkey_sign_in(origin: Origin, bus: Bus) -> PasskeyOptions:
    """Return the options for `navigator.credentials.get`."""
    return await bus.call(StartPasskeySignIn(origin=origin))


@router.post(
    "/passkey",
    responses=documented(SignInWithPasskey),
)
async def sign_in_with_passkey(body: PasskeyAnswer, origin: Origin, bus: Bus) -> TokenView:
    """Sign in with what `navigator.credentials.get` answered."""
    return await bus.call(
        SignInWithPasskey(
            challenge_id=body.challenge_id,
            credential=body.credential,
            role=body.role,
            device=body.device.device(),
            origin=origin,
        )
    )


@router.get("", responses=documented(ListSessions))
async def list_my_sessions(caller: SignedIn, bus: Bus) -> SessionsView:
    """List the devices you are signed in on, last used first."""
    return await bus.call(ListSessions(person_id=caller.id))


@router.delete("", status_code=204, responses=documented(EndAllSessions))
async def sign_out_everywhere(caller: SignedIn, bus: Bus) -> None:
    """Sign out all devices, this one too. Your calendar feeds end: you can open new ones."""
    await bus.call(EndAllSessions(person_id=caller.id))


@router.delete("/{session_id}", status_code=204, responses=documented(EndSession))
async def sign_out(session_id: UUID, caller: SignedIn, bus: Bus) -> None:
    """Sign out one device."""
    await bus.call(EndSession(person_id=caller.id, session_id=session_id))
