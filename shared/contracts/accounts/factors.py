"""What else than a password proves who somebody is: codes of an authenticator app, and passkeys."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.accounts.sessions import Code, Device, TokenView
from shared.contracts.accounts.values import Origin, Role
from shared.contracts.base import Command, Done, Line, Message

Credential = Annotated[dict[str, Any], Field(repr=False)]
"""What `navigator.credentials` answered, as JSON (WebAuthn Level 3, `toJSON`)."""


class TotpOffer(Message):
    """A secret for an authenticator app (RFC 6238), in base 32 and as the text of a QR code."""

    secret: Annotated[str, Field(repr=False)]
    uri: Annotated[str, Field(repr=False)]


class StartTotp(Command[TotpOffer]):
    """Propose a secret; nothing is asked for at sign-in before a code of it was shown."""

    person_id: UUID


class RecoveryCodes(Message):
    """Each stands in once for a code, when the phone is gone. Shown this once."""

    codes: Annotated[list[str], Field(repr=False)]


class ConfirmTotp(Command[RecoveryCodes]):
    person_id: UUID
    code: Code


class RemoveTotp(Command[Done]):
    person_id: UUID
    code: Code


class PasskeyOptions(Message):
    """What to call `navigator.credentials` with; `challenge_id` comes back with what it answers."""

    challenge_id: UUID
    options: dict[str, Any]


class StartPasskey(Command[PasskeyOptions]):
    person_id: UUID


class PasskeyView(Message):
    passkey_id: UUID
    name: str
    added_at: AwareDatetime
    last_used_at: AwareDatetime | None


class AddPasskey(Command[PasskeyView]):
    person_id: UUID
    challenge_id: UUID
    name: Annotated[Line, Field(max_length=80)]
    credential: Credential


class PasskeysView(Message):
    passkeys: list[PasskeyView]


class ListPasskeys(Command[PasskeysView]):
    person_id: UUID


class RemovePasskey(Command[Done]):
    """Removing one that is not there changes nothing."""

    person_id: UUID
    passkey_id: UUID


class StartPasskeySignIn(Command[PasskeyOptions]):
    origin: Origin


class SignInWithPasskey(Command[TokenView]):
    challenge_id: UUID
    credential: Credential
    role: Role | None = None
    device: Device = Device()
    origin: Origin
