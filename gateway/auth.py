"""Callers: access tokens are verified here, with the public keys of accounts."""

import asyncio
import base64
import itertools
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway import security_events
from gateway.problems import refusals
from shared import strict_json
from shared.bus.client import Bus
from shared.contracts.accounts.guests import GUEST_AUDIENCE, CheckGuestLink
from shared.contracts.accounts.sessions import (
    TOKEN_AUDIENCE,
    TOKEN_ISSUER,
    ListEndedSessions,
    ListTokenKeys,
    SessionEnded,
)
from shared.contracts.accounts.values import Role
from shared.contracts.requests.values import ActingRole, Side
from shared.errors import Unavailable

ASK_AGAIN_AFTER, ASK_AFTER_FAILURE = 5.0, 0.5  # seconds
LONGEST_TOKEN = 4096  # characters
LEEWAY = 5  # seconds that the clocks of accounts and gateway may be apart
REMEMBER_ENDED = timedelta(minutes=15)
"""Longer than any access token lives: after that its own end refuses it."""
SUBSCRIBED = {SessionEnded.topic}
"""The events that each gateway process listens to."""

R = TypeVar("R", bound=Role, covariant=True)

_bearer = HTTPBearer(auto_error=False, description="The access token of POST /v1/sessions.")


@dataclass(frozen=True)
class Known(Generic[R]):
    """A person in a role."""

    id: UUID
    role: R


@dataclass(frozen=True)
class Caller(Known[R]):
    """A person in the role they signed in with, on one of their devices."""

    session_id: UUID


@dataclass(frozen=True)
class Visitor(Known[Literal["patient"]]):
    """A guest: the patient of one visit, to whom a link was mailed that opens that one."""

    request_id: UUID


@dataclass
class _Asking:
    """Asks accounts one call at a time, and not again too soon after an answer or a failure."""

    ask: Callable[[], Awaitable[None]]
    _not_before: float = 0.0
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def unless(self, known: Callable[[], bool], *, at_most_every: float) -> None:
        """Ask unless it is `known` by now. Raises Unavailable."""
        if known():
            return
        async with self._one_at_a_time:
            if known() or time.monotonic() < self._not_before:
                return
            try:
                await self.ask()
            except Unavailable:
                # this answer is late for its caller already
                self._not_before = time.monotonic() + ASK_AFTER_FAILURE
                raise
            self._not_before = time.monotonic() + at_most_every


class Keyring:
    """The public keys by their id; asked for again when a token names one that is not here yet."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._keys: dict[str, Any] = {}
        self._asking = _Asking(self._ask)

    async def key(self, key_id: str) -> Any:
        """Raises KeyError where accounts knows no such key, Unavailable where it was never heard."""
        await self._asking.unless(lambda: key_id in self._keys, at_most_every=ASK_AGAIN_AFTER)
        if not self._keys:
            raise Unavailable("accounts has not said its keys yet")
        return self._keys[key_id]

    async def _ask(self) -> None:
        answer = await self._bus.call(ListTokenKeys())
        self._keys = {each["kid"]: jwt.PyJWK(each).key for each in answer.keys}


class _NotOurs(Exception):
    """The token was not signed by accounts."""


class _Expired(_NotOurs):
    """The token was signed by accounts, and has expired."""


class EndedSessions:
    """The sessions whose access tokens are worth nothing though they look good.

    Overheard as they end. What ended before this connection to the bus began is asked for once.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._ended: dict[UUID, datetime] = {}
        self._lock = threading.Lock()
        self._complete_on = 0
        self._asking = _Asking(self._ask)
        bus.subscribe(SessionEnded, lambda event: self._note(event.session_id, event.occurred_at))

    async def has(self, session_id: UUID) -> bool:
        """Raises Unavailable where that cannot be known."""
        await self._asking.unless(lambda: self._complete, at_most_every=0.0)
        if not self._complete:
            raise Unavailable("accounts has not said yet which sessions ended")
        return session_id in self._ended

    @property
    def _complete(self) -> bool:
        return self._complete_on == self._bus.connection > 0

    async def _ask(self) -> None:
        connection = self._bus.connection
        answer = await self._bus.call(ListEndedSessions())
        for each in answer.sessions:
            self._note(each.session_id, each.ended_at)
        self._complete_on = connection

    def _note(self, session_id: UUID, ended_at: datetime) -> None:
        """May be called from any thread."""
        over = datetime.now(UTC) - REMEMBER_ENDED
        with self._lock:
            self._ended[session_id] = ended_at
            for old in list(itertools.takewhile(lambda each: self._ended[each] < over, self._ended)):
                del self._ended[old]


async def _bearer_of(keyring: Keyring, token: str) -> Caller[Role] | Visitor:
    """Return the caller that a token signed by accounts names. Raises `_NotOurs`."""
    try:
        key = await keyring.key(_key_id(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=[TOKEN_AUDIENCE, GUEST_AUDIENCE],
            issuer=TOKEN_ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub"]},
        )
        who = UUID(claims["sub"])
        if claims["aud"] == GUEST_AUDIENCE:
            return Visitor(id=who, role="patient", request_id=UUID(claims["visit"]))
        if claims["role"] not in get_args(Role):
            raise ValueError
        return Caller(id=who, role=claims["role"], session_id=UUID(claims["sid"]))
    except jwt.ExpiredSignatureError:
        raise _Expired from None
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
        raise _NotOurs from None


def _key_id(token: str) -> str:
    """Return the key id that the header of `token` claims. Raises ValueError, KeyError or TypeError."""
    if len(token) > LONGEST_TOKEN:
        raise ValueError
    header = token.partition(".")[0]
    key_id = strict_json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    if not isinstance(key_id, str):
        raise TypeError
    return key_id


async def visitor_by(keyring: Keyring, link: str) -> Visitor:
    """Return the guest that the token in a mailed link names. Refuses `dead_link`."""
    try:
        found = await _bearer_of(keyring, link)
    except _NotOurs:
        found = None
    if not isinstance(found, Visitor):
        detail = "This link no longer works. Open the newest link we mailed you, or ask for a new one."
        raise refusals.DeadLink(detail, field="token")
    return found


async def _somebody(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller[Role] | Visitor:
    if credentials is None:
        raise refusals.NotSignedIn("Sign in at /v1/sessions and send the access token.")
    state = request.app.state
    invalid = refusals.NotSignedIn("The access token is invalid or has expired. Sign in again.")
    try:
        found = await _bearer_of(state.keyring, credentials.credentials)
    except _Expired:
        security_events.token_refused(request, security_events.TOKEN_EXPIRED)
        raise invalid from None
    except _NotOurs:
        security_events.token_refused(request, security_events.TOKEN_REFUSED)
        raise invalid from None
    request.state.caller = found
    if isinstance(found, Caller) and await state.ended_sessions.has(found.session_id):
        security_events.token_refused(request, security_events.TOKEN_REFUSED)
        raise invalid
    return found


async def _caller(found: Annotated[Caller[Role] | Visitor, Depends(_somebody)]) -> Caller[Role]:
    if isinstance(found, Visitor):
        detail = "A mailed link opens one visit and nothing else. Sign in to do this."
        raise refusals.WrongRole(detail, role="guest", needed="account")
    return found


def _keyring(request: Request) -> Keyring:
    found: Keyring = request.app.state.keyring
    return found


async def _caller_if_any(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller[Role] | None:
    return await _caller(await _somebody(request, credentials)) if credentials else None


def _only(*roles: Role) -> Any:
    def check(caller: Annotated[Caller[Role], Depends(_caller)]) -> Caller[Role]:
        if caller.role not in roles:
            needed = " or ".join(roles)
            detail = (
                f"This is for a {needed}, and you are signed in as a {caller.role}: "
                "verify that you are signed into the correct role account."
            )
            raise refusals.WrongRole(detail, role=caller.role, needed=needed)
        return caller

    return Depends(check)


def _for_one_visit(*roles: ActingRole) -> Any:
    """Admit callers signed in with one of the roles, and the guest whose link opens this request."""
    check = _only(*roles).dependency

    async def at_visit(
        request: Request, request_id: UUID, found: Annotated[Caller[Role] | Visitor, Depends(_somebody)]
    ) -> AsyncIterator[Known[ActingRole]]:
        if isinstance(found, Caller):
            yield check(found)
            return
        if found.request_id != request_id:
            raise refusals.NotYours("This link opens another visit.")
        try:
            yield found
        except refusals.NotYours:
            await request.app.state.bus.call(CheckGuestLink(guest_id=found.id))
            raise

    return Depends(at_visit)


def _guest_of_visit(
    request_id: UUID, found: Annotated[Caller[Role] | Visitor, Depends(_somebody)]
) -> Visitor:
    if isinstance(found, Caller):
        detail = "This is for guests. Send the token from the mailed link."
        raise refusals.WrongRole(detail, role=found.role, needed="guest")
    if found.request_id != request_id:
        raise refusals.NotYours("This link opens another visit.")
    return found


Keys = Annotated[Keyring, Depends(_keyring)]
SignedIn = Annotated[Caller[Role], Depends(_caller)]
SignedInOrNot = Annotated[Caller[Role] | None, Depends(_caller_if_any)]
Patient = Annotated[Caller[Role], _only("patient")]
Professional = Annotated[Caller[Role], _only("professional")]
Clinic = Annotated[Caller[Role], _only("clinic")]
Support = Annotated[Caller[Role], _only("support")]
Practice = Annotated[Caller[ActingRole], _only("professional", "clinic")]
"""A professional, or the front desk of their clinic."""
ForOneVisit = Annotated[Known[ActingRole], _for_one_visit("patient", "professional", "clinic")]
"""Like `ForVisits`, and the guest whose visit it is."""
AtOneVisit = Annotated[Known[Side], _for_one_visit("patient", "professional")]
PatientOfVisit = Annotated[Known[Literal["patient"]], _for_one_visit("patient")]
GuestOfVisit = Annotated[Visitor, Depends(_guest_of_visit)]
ForVisits = Annotated[Caller[ActingRole], _only("patient", "professional", "clinic")]
"""Everybody who may have to do with a visit: support has not."""
AtVisit = Annotated[Caller[Side], _only("patient", "professional")]
"""The two sides of an appointment: those who can join its video call."""
