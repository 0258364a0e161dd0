"""Passwords, authenticator apps and passkeys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, MailAddress, MailedLink, Origin, new_id
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts.addresses import AddressChangeView, ChangeAddress, ConfirmAddress, UndoAddress
from shared.contracts.accounts.factors import (
    AddPasskey,
    ConfirmTotp,
    ListPasskeys,
    PasskeysView,
    PasskeyView,
    RecoveryCodes,
    RemovePasskey,
    RemoveTotp,
    StartPasskey,
    StartTotp,
    TotpOffer,
)
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.recovery import AskReset, ChangePassword, GetLink, LinkView, ResetPassword
from shared.contracts.accounts.sessions import (
    Code,
    Credential,
    PasskeyAnswer,
    PasskeyOptions,
    Prove,
    StartProof,
)
from shared.contracts.accounts.values import MailedCode, Password
from shared.contracts.base import Line

router = APIRouter(prefix="/v1", tags=["security"])


class NewPassword(MailedLink):
    password: Password
    code: Code | None = Field(
        None, description="Of your authenticator app, or a recovery code: it shows that the app is yours."
    )
    device_id: UUID | None = Field(
        None,
        description="The one you sign in with next, if any: it can sign in although others fail to.",
    )


class ChangedPassword(Body):
    current: Password
    password: Password


class ProvedAddress(Body):
    change_id: UUID
    code: MailedCode = Field(examples=["48213907"])


class OneCode(Body):
    code: Code = Field(examples=["123456"])


class PasskeyProof(Body):
    """The answer of `navigator.credentials.get` to the options of `POST /v1/me/proof/options`."""

    challenge_id: UUID
    credential: Credential


class Proof(Body):
    """A proof: one of the three."""

    password: Annotated[
        str | None,
        Field(min_length=1, max_length=128, repr=False, examples=["a demo password, for this machine only"]),
    ] = None
    code: Code | None = Field(None, description="Of your authenticator app, or a recovery code.")
    passkey: PasskeyProof | None = None


class NewPasskey(Body):
    challenge_id: UUID
    name: Annotated[Line, Field(max_length=80, examples=["Anna's phone"])]
    credential: Credential


_MINE = ("not_signed_in", "unknown_account")
_PROVEN = (*_MINE, "proof_needed")


@router.post(
    "/me/password",
    status_code=204,
    responses=documented(ChangePassword),
)
async def change_password(body: ChangedPassword, caller: SignedIn, origin: Origin, bus: Bus) -> None:
    """Change your password. All your other devices are signed out, and your calendar feeds end."""
    await bus.call(
        ChangePassword(
            person_id=caller.id,
            session_id=caller.session_id,
            current=body.current,
            password=body.password,
            origin=origin,
        )
    )


@router.post("/me/proof/options", responses=documented(StartProof))
async def start_proof(caller: SignedIn, bus: Bus) -> PasskeyOptions:
    """Get the options for `navigator.credentials.get`, to prove with a passkey that it is you."""
    return await bus.call(StartProof(person_id=caller.id))


@router.post(
    "/me/proof",
    status_code=204,
    responses=documented(Prove),
)
async def prove_identity(body: Proof, caller: SignedIn, origin: Origin, bus: Bus) -> None:
    """Prove that it is you, with your password, a code or a passkey, before you change what matters most.

    Operations refused with `proof_needed` need this proof. Like signing in, it is valid for 10 minutes.
    """
    passkey = body.passkey
    await bus.call(
        Prove(
            person_id=caller.id,
            session_id=caller.session_id,
            password=body.password,
            code=body.code,
            passkey=PasskeyAnswer(challenge_id=passkey.challenge_id, credential=passkey.credential)
            if passkey
            else None,
            origin=origin,
        )
    )


@router.post(
    "/me/email",
    status_code=202,
    responses=documented(ChangeAddress, refusals.InvalidEmail),
)
async def change_address(
    body: MailAddress, key: IdempotencyKey, caller: SignedIn, bus: Bus
) -> AddressChangeView:
    """Change the address of your account. Nothing changes before you type the code mailed to the new one.

    The answer is the same if the new address has an account.
    """
    return await bus.call(
        ChangeAddress(
            person_id=caller.id,
            session_id=caller.session_id,
            change_id=new_id(caller.id, f"address/{key}"),
            email=body.email,
        )
    )


@router.post(
    "/me/email/confirm",
    responses=documented(ConfirmAddress),
)
async def confirm_address(body: ProvedAddress, caller: SignedIn, bus: Bus) -> AccountView:
    """Prove the new address with the mailed code. A link mailed to the old one restores it for 7 days."""
    return await bus.call(ConfirmAddress(person_id=caller.id, change_id=body.change_id, code=body.code))


@router.post("/email-changes/undo", status_code=204, responses=documented(UndoAddress))
async def undo_address_change(body: MailedLink, bus: Bus) -> None:
    """Restore the old address, by the link that was mailed to it, and have a reset link mailed there.

    This signs out every device and ends your password, and passkeys and the authenticator app that were added
    since you last proved the old address. Only the mailed link lets you in.
    """
    await bus.call(UndoAddress(token=body.token))


@router.post(
    "/password-resets",
    status_code=204,
    responses=documented(AskReset, refusals.InvalidEmail),
)
async def request_password_reset(body: MailAddress, origin: Origin, bus: Bus) -> None:
    """Have a reset link mailed, if this address has an account. The answer is the same if it has none.

    By default, at most 10 of these mails go to one address in an hour; older links stay valid.
    """
    await bus.call(AskReset(email=body.email, origin=origin))


@router.post(
    "/password-resets/confirm",
    status_code=204,
    responses=documented(ResetPassword),
)
async def reset_password(body: NewPassword, bus: Bus) -> None:
    """Set a new password by a mailed link, once. What somebody else may have added to your account ends.

    You are signed out everywhere; calendar feeds, other reset links and links that delete your account end.
    So do passkeys and the authenticator app, if they were added since you last proved your address; send a
    code of the app, or one of its recovery codes, and it stays. The mail that follows says what was ended.
    """
    await bus.call(
        ResetPassword(token=body.token, password=body.password, code=body.code, device_id=body.device_id)
    )


@router.post("/links/look", responses=documented(GetLink))
async def inspect_link(body: MailedLink, bus: Bus) -> LinkView:
    """Show the purpose and the end of a mailed link. It changes nothing."""
    return await bus.call(GetLink(token=body.token))


@router.post("/me/totp", responses=documented(StartTotp))
async def start_authenticator(caller: SignedIn, bus: Bus) -> TotpOffer:
    """A secret for your authenticator app. Nothing changes before you confirm it with a code."""
    return await bus.call(StartTotp(person_id=caller.id, session_id=caller.session_id))


@router.post("/me/totp/confirm", responses=documented(ConfirmTotp))
async def confirm_authenticator(body: OneCode, caller: SignedIn, bus: Bus) -> RecoveryCodes:
    """From now on your password asks for a code as well. Keep the recovery codes: they are shown once."""
    return await bus.call(ConfirmTotp(person_id=caller.id, session_id=caller.session_id, code=body.code))


@router.post("/me/totp/remove", status_code=204, responses=documented(RemoveTotp))
async def remove_authenticator(body: OneCode, caller: SignedIn, bus: Bus) -> None:
    """Ask for no code any more. Needs a password that is long enough by itself."""
    await bus.call(RemoveTotp(person_id=caller.id, session_id=caller.session_id, code=body.code))


@router.post("/me/passkeys/options", responses=documented(StartPasskey))
async def start_passkey_registration(caller: SignedIn, bus: Bus) -> PasskeyOptions:
    """Return the options for `navigator.credentials.create`."""
    return await bus.call(StartPasskey(person_id=caller.id, session_id=caller.session_id))


@router.post(
    "/me/passkeys",
    status_code=201,
    responses=documented(AddPasskey),
)
async def add_passkey(body: NewPasskey, caller: SignedIn, bus: Bus) -> PasskeyView:
    """Keep what `navigator.credentials.create` answered. The challenge makes a repeat harmless."""
    return await bus.call(
        AddPasskey(
            person_id=caller.id,
            session_id=caller.session_id,
            challenge_id=body.challenge_id,
            name=body.name,
            credential=body.credential,
        )
    )


@router.get("/me/passkeys", responses=documented(ListPasskeys))
async def list_my_passkeys(caller: SignedIn, bus: Bus) -> PasskeysView:
    """Your passkeys, oldest first."""
    return await bus.call(ListPasskeys(person_id=caller.id))


@router.delete("/me/passkeys/{passkey_id}", status_code=204, responses=documented(RemovePasskey))
async def remove_passkey(passkey_id: UUID, caller: SignedIn, bus: Bus) -> None:
    """A passkey that you do not use any more."""
    await bus.call(RemovePasskey(person_id=caller.id, session_id=caller.session_id, passkey_id=passkey_id))
