"""Second factors: codes of an authenticator app, and passkeys."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.accounts.refusals import PROVEN
from shared.contracts.accounts.sessions import (
    Code,
    Device,
    PasskeyAnswer,
    PasskeyOptions,
    TokenView,
    WithFreshProof,
)
from shared.contracts.accounts.values import Origin, Role
from shared.contracts.base import Command, Done, Line, Message


class AuthenticatorSecret(Message):
    """A secret for an authenticator app (RFC 6238), in base 32 and as the text of a QR code."""

    secret: Annotated[str, Field(repr=False)]
    uri: Annotated[str, Field(repr=False)]


class StartTotp(WithFreshProof, Command[AuthenticatorSecret]):
    """Propose a secret; nothing is asked for at sign-in before a code of it was shown."""

    refuses = f"{PROVEN} already_on"


class RecoveryCodes(Message):
    """Each stands in once for a code, when the phone is gone. Shown this once."""

    codes: Annotated[list[str], Field(repr=False)]


class ConfirmTotp(WithFreshProof, Command[RecoveryCodes]):
    refuses = f"{PROVEN} wrong_code too_many_attempts"
    code: Code


class RemoveTotp(WithFreshProof, Command[Done]):
    refuses = f"{PROVEN} wrong_code too_many_attempts weak_password"
    code: Code


class StartPasskey(WithFreshProof, Command[PasskeyOptions]):
    refuses = PROVEN


class PasskeyView(Message):
    passkey_id: UUID
    name: str
    added_at: AwareDatetime
    last_used_at: AwareDatetime | None


class NewPasskey(PasskeyAnswer):
    name: Line = Field(max_length=80, examples=["Anna's phone"])


class AddPasskey(NewPasskey, WithFreshProof, Command[PasskeyView]):
    refuses = f"{PROVEN} bad_passkey too_many"


class PasskeysView(Message):
    passkeys: list[PasskeyView]


class ListPasskeys(Command[PasskeysView]):
    person_id: UUID


class RemovePasskey(WithFreshProof, Command[Done]):
    """Removing one that is not there changes nothing."""

    refuses = PROVEN
    passkey_id: UUID


class StartPasskeySignIn(Command[PasskeyOptions]):
    refuses = "too_many_attempts"
    origin: Origin


class PasskeySignIn(PasskeyAnswer):
    role: Role | None = None
    device: Device = Device()


class SignInWithPasskey(PasskeySignIn, Command[TokenView]):
    refuses = "bad_passkey unknown_account role_needed wrong_role account_closed too_many_attempts"
    origin: Origin
