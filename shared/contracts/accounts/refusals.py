"""The refusals of accounts. Those that other services share stand in `shared.contracts.refusals`."""

from shared.contracts.refusals import *  # noqa: F403
from shared.contracts.refusals import Conflict, Fact, Forbidden, Gone, Invalid, Unauthenticated, Unknown


class WrongCredentials(Unauthenticated, title="Wrong e-mail address or password"):
    detail = (
        "The e-mail address or password is wrong. If you have just registered, confirm your address first."
    )


class SessionEnded(Unauthenticated, title="You are signed out on this device"):
    detail = "You are signed out on this device. Sign in again."


class CodeNeeded(Unauthenticated, title="A code from your authenticator app is needed", field="code"):
    detail = "Add code: six digits from your authenticator app, or a recovery code."


class ProofNeeded(Forbidden, title="Confirm that it's you first"):
    detail = (
        "Confirm that it's you with your password, a code or a passkey. The confirmation lasts 10 minutes."
    )
    tells = (Fact("prove_with", list[str], "The ways to prove it.", ["password", "passkey"]),)


class AccountClosed(Forbidden, title="This account is closed"):
    tells = (Fact("erases_at", str, "The time when the account is erased.", "2027-03-08T09:00:00Z"),)


class UnknownClinic(Unknown, title="Clinic not found"):
    detail = "There is no clinic with this id."


class UnknownMember(Unknown, title="Member not found"):
    detail = "The front desk of this clinic has no member with this id."


class UnknownTicket(Unknown, title="Message not found"):
    detail = "There is no message with this id."


class OtherAddress(Conflict, title="This link was sent to another address", field="token"):
    tells = (Fact("sent_to", str, "For an invitation: part of the address it was sent to.", "a***@e***.org"),)


class AlreadyJoined(Conflict, title="This visit already belongs to an account", field="token"): ...


class TooManyInvitations(Conflict, title="Your clinic can't send more invitations now"):
    tells = (
        Fact("per", str, "The limit that is met.", "open"),
        Fact("limit", int, "The most invitations.", 5),
    )


class EmailTaken(Conflict, title="This e-mail address already has an account", field="email"): ...


class InvitationAccepted(Conflict, title="This invitation has been accepted", field="invitation_id"):
    detail = "This invitation has been accepted. To undo that, end the membership."


class LastOwner(Conflict, title="A clinic needs an owner"): ...


class AlreadyOn(Conflict, title="This is already turned on"): ...


class NoSecondFactor(Conflict, title="This account has no second factor"):
    detail = "This account has no second factor. Its password alone is enough to sign in."


class ChangeOver(Gone, title="This address change has ended"):
    detail = "Change your address again to get a new code."


class RegistrationOver(Gone, title="This registration has ended"):
    detail = "Register again to get a new code."


class WeakPassword(Invalid, title="The password is too short"):
    tells = (Fact("at_least", int, "The characters a password needs.", 15),)


class CommonPassword(Invalid, title="The password is too easy to guess", field="password"):
    detail = "This password is easy to guess. Choose another, such as a few words."


class WrongPassword(Invalid, title="Wrong password"):
    detail = "This password is wrong."


class WrongCode(Invalid, title="Wrong code", field="code"):
    detail = "This code is wrong or was already used. Use the one that your app shows now."


class BadPasskey(Invalid, title="The passkey could not be verified", field="credential"):
    detail = "This passkey could not be verified. Start again."


class RoleNeeded(Invalid, title="Choose a role", field="role"):
    tells = (Fact("roles", list[str], "The roles you have.", ["patient", "professional"]),)


class SameAddress(Invalid, title="This is already your address", field="email"):
    detail = "This is already the address of your account."


PROVEN = "proof_needed unknown_account"
"""The refusals of everything that asks for a fresh proof."""
