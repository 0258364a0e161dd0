"""Passwords, authenticator apps and passkeys."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from gateway.auth import SignedIn
from gateway.bus import Bus
from gateway.fields import Body, IdempotencyKey, MailAddress, MailedLink, Origin, new_id
from gateway.problems import refusals
from gateway.problems.description import documented
from shared.contracts.accounts import addresses, factors, people, recovery, sessions
from shared.contracts.accounts.values import MailedCode, Password

router = APIRouter(prefix="/v1", tags=["security"])


class PasswordReset(recovery.NewPassword, Body):
    pass


class PasswordChange(Body):
    current: Password
    password: Password


class AddressConfirmation(Body):
    change_id: UUID
    code: MailedCode = Field(examples=["48213907"])


class AuthenticatorCode(Body):
    code: sessions.Code = Field(examples=["123456"])


class PasskeyProof(sessions.PasskeyAnswer, Body):
    """The answer of `navigator.credentials.get` to the options of `POST /v1/me/proof/options`."""


class IdentityProof(sessions.Proof, Body):
    """A proof: one of the three."""

    passkey: PasskeyProof | None = None


class NewPasskey(factors.NewPasskey, Body):
    pass


@router.post(
    "/me/password",
    status_code=204,
    responses=documented(recovery.ChangePassword),
)
async def change_password(body: PasswordChange, caller: SignedIn, origin: Origin, bus: Bus) -> None:
    """Change your password. All your other devices are signed out, and your calendar feeds end."""
    await bus.call(
        recovery.ChangePassword.of(body, person_id=caller.id, session_id=caller.session_id, origin=origin)
    )


@router.post("/me/proof/options", responses=documented(sessions.StartProof))
async def start_proof(caller: SignedIn, bus: Bus) -> sessions.PasskeyOptions:
    """Get the options for `navigator.credentials.get`, to prove with a passkey that it is you."""
    return await bus.call(sessions.StartProof(person_id=caller.id))


@router.post(
    "/me/proof",
    status_code=204,
    responses=documented(sessions.Prove),
)
async def prove_identity(body: IdentityProof, caller: SignedIn, origin: Origin, bus: Bus) -> None:
    """Prove that it is you, with your password, a code or a passkey, before you change what matters most.

    Operations refused with `proof_needed` need this proof. Like signing in, it is valid for 10 minutes.
    """
    await bus.call(sessions.Prove.of(body, person_id=caller.id, session_id=caller.session_id, origin=origin))


@router.post(
    "/me/email",
    status_code=202,
    responses=documented(addresses.ChangeAddress, refusals.InvalidEmail),
)
async def change_address(
    body: MailAddress, key: IdempotencyKey, caller: SignedIn, bus: Bus
) -> addresses.AddressChangeView:
    """Change the address of your account. Nothing changes before you type the code mailed to the new one.

    The answer is the same if the new address has an account.
    """
    return await bus.call(
        addresses.ChangeAddress(
            person_id=caller.id,
            session_id=caller.session_id,
            change_id=new_id(caller.id, f"address/{key}"),
            email=body.email,
        )
    )


@router.post(
    "/me/email/confirm",
    responses=documented(addresses.ConfirmAddress),
)
async def confirm_address(body: AddressConfirmation, caller: SignedIn, bus: Bus) -> people.AccountView:
    """Prove the new address with the mailed code. A link mailed to the old one restores it for 7 days."""
    return await bus.call(addresses.ConfirmAddress.of(body, person_id=caller.id))


@router.post("/email-changes/undo", status_code=204, responses=documented(addresses.UndoAddress))
async def undo_address_change(body: MailedLink, bus: Bus) -> None:
    """Restore the old address, by the link that was mailed to it, and have a reset link mailed there.

    This signs out every device and ends your password, and passkeys and the authenticator app that were added
    since you last proved the old address. Only the mailed link lets you in.
    """
    await bus.call(addresses.UndoAddress(token=body.token))


@router.post(
    "/password-resets",
    status_code=204,
    responses=documented(recovery.AskReset, refusals.InvalidEmail),
)
async def request_password_reset(body: MailAddress, origin: Origin, bus: Bus) -> None:
    """Have a reset link mailed, if this address has an account. The answer is the same if it has none.

    By default, at most 10 of these mails go to one address in an hour; older links stay valid.
    """
    await bus.call(recovery.AskReset(email=body.email, origin=origin))


@router.post(
    "/password-resets/confirm",
    status_code=204,
    responses=documented(recovery.ResetPassword),
)
async def reset_password(body: PasswordReset, bus: Bus) -> None:
    """Set a new password by a mailed link, once. What somebody else may have added to your account ends.

    You are signed out everywhere; calendar feeds, other reset links and links that delete your account end.
    So do passkeys and the authenticator app, if they were added since you last proved your address; send a
    code of the app, or one of its recovery codes, and it stays. The mail that follows says what was ended.
    """
    await bus.call(recovery.ResetPassword.of(body))


@router.post("/links/look", responses=documented(recovery.GetLink))
async def inspect_link(body: MailedLink, bus: Bus) -> recovery.LinkView:
    """Show the purpose and the end of a mailed link. It changes nothing."""
    return await bus.call(recovery.GetLink(token=body.token))


@router.post("/me/totp", responses=documented(factors.StartTotp))
async def start_authenticator(caller: SignedIn, bus: Bus) -> factors.AuthenticatorSecret:
    """A secret for your authenticator app. Nothing changes before you confirm it with a code."""
    return await bus.call(factors.StartTotp(person_id=caller.id, session_id=caller.session_id))


@router.post("/me/totp/confirm", responses=documented(factors.ConfirmTotp))
async def confirm_authenticator(body: AuthenticatorCode, caller: SignedIn, bus: Bus) -> factors.RecoveryCodes:
    """From now on your password asks for a code as well. Keep the recovery codes: they are shown once."""
    return await bus.call(
        factors.ConfirmTotp(person_id=caller.id, session_id=caller.session_id, code=body.code)
    )


@router.post("/me/totp/remove", status_code=204, responses=documented(factors.RemoveTotp))
async def remove_authenticator(body: AuthenticatorCode, caller: SignedIn, bus: Bus) -> None:
    """Ask for no code any more. Needs a password that is long enough by itself."""
    await bus.call(factors.RemoveTotp(person_id=caller.id, session_id=caller.session_id, code=body.code))


@router.post("/me/passkeys/options", responses=documented(factors.StartPasskey))
async def start_passkey_registration(caller: SignedIn, bus: Bus) -> sessions.PasskeyOptions:
    """Return the options for `navigator.credentials.create`."""
    return await bus.call(factors.StartPasskey(person_id=caller.id, session_id=caller.session_id))


@router.post(
    "/me/passkeys",
    status_code=201,
    responses=documented(factors.AddPasskey),
)
async def add_passkey(body: NewPasskey, caller: SignedIn, bus: Bus) -> factors.PasskeyView:
    """Keep what `navigator.credentials.create` answered. The challenge makes a repeat harmless."""
    return await bus.call(factors.AddPasskey.of(body, person_id=caller.id, session_id=caller.session_id))


@router.get("/me/passkeys", responses=documented(factors.ListPasskeys))
async def list_my_passkeys(caller: SignedIn, bus: Bus) -> factors.PasskeysView:
    """Your passkeys, oldest first."""
    return await bus.call(factors.ListPasskeys(person_id=caller.id))


@router.delete("/me/passkeys/{passkey_id}", status_code=204, responses=documented(factors.RemovePasskey))
async def remove_passkey(passkey_id: UUID, caller: SignedIn, bus: Bus) -> None:
    """A passkey that you do not use any more."""
    await bus.call(
        factors.RemovePasskey(person_id=caller.id, session_id=caller.session_id, passkey_id=passkey_id)
    )
