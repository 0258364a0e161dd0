"""Signing in, staying in, and signing out, one device or all."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Body, Origin
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import factors, sessions

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


class SignInDevice(sessions.Device, Body):
    """The phone that signs in: an id it made once and keeps, and a name its owner will know it by."""


class SignInCredentials(sessions.Credentials, Body):
    device: SignInDevice = SignInDevice()


class SessionRefresh(Body):
    refresh_token: sessions.RefreshToken
    device_id: UUID | None = Field(None, description="The one you signed in with, if any.")


class PasskeySignIn(factors.PasskeySignIn, Body):
    device: SignInDevice = SignInDevice()


@router.post(
    "",
    responses=documented(sessions.SignIn, refusals.InvalidEmail),
)
async def sign_in(body: SignInCredentials, origin: Origin, bus: Bus) -> sessions.TokenView:
    """Sign in with one role: an access token for ten minutes, and a refresh token for the next one."""
    return await bus.call(sessions.SignIn.of(body, origin=origin))


@router.post("/refresh", responses=documented(sessions.RefreshSession))
async def refresh_session(body: SessionRefresh, bus: Bus) -> sessions.TokenView:
    """Trade your refresh token for a new one and a new access token.

    If an answer gets lost, send the same token again, however late: you get the same successor. Once you have
    traded the successor, the old token ends the session: somebody has a copy.
    """
    return await bus.call(sessions.RefreshSession.of(body))


@router.post("/passkey/options", responses=documented(factors.StartPasskeySignIn))
async def start_passkey_sign_in(origin: Origin, bus: Bus) -> sessions.PasskeyOptions:
    """Return the options for `navigator.credentials.get`."""
    return await bus.call(factors.StartPasskeySignIn(origin=origin))


@router.post(
    "/passkey",
    responses=documented(factors.SignInWithPasskey),
)
async def sign_in_with_passkey(body: PasskeySignIn, origin: Origin, bus: Bus) -> sessions.TokenView:
    """Sign in with what `navigator.credentials.get` answered."""
    return await bus.call(factors.SignInWithPasskey.of(body, origin=origin))


@router.get("", responses=documented(sessions.ListSessions))
async def list_my_sessions(caller: SignedIn, bus: Bus) -> sessions.SessionsView:
    """List the devices you are signed in on, last used first."""
    return await bus.call(sessions.ListSessions(person_id=caller.id))


@router.delete("", status_code=204, responses=documented(sessions.EndAllSessions))
async def sign_out_everywhere(caller: SignedIn, bus: Bus) -> None:
    """Sign out all devices, this one too. Your calendar feeds end: you can open new ones."""
    await bus.call(sessions.EndAllSessions(person_id=caller.id))


@router.delete("/{session_id}", status_code=204, responses=documented(sessions.EndSession))
async def sign_out(session_id: UUID, caller: SignedIn, bus: Bus) -> None:
    """Sign out one device."""
    await bus.call(sessions.EndSession(person_id=caller.id, session_id=session_id))
