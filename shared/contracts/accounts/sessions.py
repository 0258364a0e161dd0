"""Signing in, staying in, and being signed out."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PositiveInt

from shared.contracts.accounts.values import Email, Origin, Password, Role
from shared.contracts.base import Command, Done, Event, Line, Message

TOKEN_ISSUER, TOKEN_AUDIENCE = "healthconnect", "healthconnect-api"
"""The issuer and the audience of access tokens."""

RefreshToken = Annotated[str, Field(min_length=1, max_length=200, repr=False)]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$|^[a-z2-7]{4}(-[a-z2-7]{4}){3}$")]
"""Six digits of an authenticator app, or a recovery code."""

Credential = Annotated[dict[str, Any], Field(repr=False)]
"""The answer of `navigator.credentials`, as JSON (WebAuthn Level 3, `toJSON`)."""


class Device(Message):
    """The phone that signs in: an id it made for itself, and the name its owner will know it by."""

    device_id: UUID | None = None
    name: Line = Field("", max_length=80, examples=["Anna's phone"])


class TokenView(Message):
    """An access token: an EdDSA-signed JWT, its life in seconds, and the refresh token for the next one."""

    access_token: Annotated[str, Field(repr=False)]
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: PositiveInt
    refresh_token: RefreshToken
    session_id: UUID
    account_id: UUID
    role: Role


class Credentials(Message):
    email: Email = Field(examples=["anna@demo.example"])
    password: Password = Field(examples=["a demo password, for this machine only"])
    code: Code | None = Field(None, description="Where your account asks for one.", examples=["123456"])
    role: Role | None = Field(None, description="Where you have several.")
    device: Device = Device()


class SignIn(Credentials, Command[TokenView]):
    """With the one role that the account has, unless `role` says which."""

    refuses = (
        "wrong_credentials code_needed wrong_code role_needed wrong_role account_closed too_many_attempts"
    )
    origin: Origin


class WithFreshProof(Message):
    """A command that needs a proof, on this session, of who the person is, no older than 10 minutes.

    Signing in proves it, and so does `Prove`; it is refused with `proof_needed` if neither is fresh.
    """

    person_id: UUID
    session_id: UUID


class WithFreshProofBy(Message):
    """A command that needs the proof of a `WithFreshProof` one of `by`, who acts on a clinic."""

    by: UUID
    session_id: UUID


class PasskeyOptions(Message):
    """The options for `navigator.credentials`; send `challenge_id` back with its answer."""

    challenge_id: UUID
    options: dict[str, Any]


class PasskeyAnswer(Message):
    challenge_id: UUID
    credential: Credential


class StartProof(Command[PasskeyOptions]):
    """Draw a challenge for a passkey of the person."""

    refuses = "unknown_account"
    person_id: UUID


class Proof(Message):
    """A proof: one of the three."""

    password: Annotated[
        str | None,
        Field(min_length=1, max_length=128, repr=False, examples=["a demo password, for this machine only"]),
    ] = None
    code: Code | None = Field(None, description="Of your authenticator app, or a recovery code.")
    passkey: PasskeyAnswer | None = None


class Prove(Proof, Command[Done]):
    """Prove who the caller is, on this session, with one of the three."""

    refuses = "unknown_account wrong_password wrong_code bad_passkey session_ended too_many_attempts"
    person_id: UUID
    session_id: UUID
    origin: Origin


class RefreshSession(Command[TokenView]):
    """Trade a refresh token for its successor: always the same one, until that is traded in turn.

    After that, the old token ends the session.
    """

    refuses = "session_ended"
    refresh_token: RefreshToken
    device_id: UUID | None = None


class SessionView(Message):
    session_id: UUID
    role: Role
    device_name: str
    signed_in_at: AwareDatetime
    last_used_at: AwareDatetime


class SessionsView(Message):
    sessions: list[SessionView]


class ListSessions(Command[SessionsView]):
    """List the sessions of a person, last used first."""

    person_id: UUID


class EndSession(Command[Done]):
    """Sign out one device; repeating it changes nothing."""

    person_id: UUID
    session_id: UUID


class EndAllSessions(Command[Done]):
    """Sign out all devices of a person, and end the calendar feeds."""

    person_id: UUID


class SessionEnded(Event):
    """Access tokens of this session are worth nothing from now on."""

    subject: ClassVar[str] = "session_id"

    session_id: UUID
    person_id: UUID
    reason: Literal["signed_out", "token_reused", "password_changed", "account_closed"]


class AccessRevoked(Event):
    """Access granted to this person before now, such as by calendar feeds, has ended.

    `version` is that of the person.
    """

    subject: ClassVar[str] = "person_id"

    person_id: UUID
    reason: Literal["signed_out_everywhere", "password_changed", "password_reset"]


class EndedSession(Message):
    session_id: UUID
    ended_at: AwareDatetime


class EndedSessions(Message):
    sessions: list[EndedSession]


class ListEndedSessions(Command[EndedSessions]):
    """The sessions ended so lately that an access token of theirs may still look good."""


class TokenKeys(Message):
    """The public keys that verify access tokens, as a JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class ListTokenKeys(Command[TokenKeys]):
    pass
