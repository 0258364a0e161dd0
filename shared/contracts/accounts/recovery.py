"""Passwords, lost and changed, and the mailed links that stand in for them."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.accounts.sessions import Code
from shared.contracts.accounts.values import Email, LinkToken, Origin, Password, Role
from shared.contracts.base import Command, Done, Message

LinkKind = Literal["reset", "invitation", "deletion", "keep", "registration", "address", "factors"]


class AskReset(Command[Done]):
    """Mail a reset link to this address if it has an account; the answer is the same if it has none."""

    refuses = "too_many_attempts"
    email: Email
    origin: Origin


class SendReset(Command[Done]):
    """Mail a reset link to a patient, for a professional or their front desk."""

    refuses = "not_yours too_many_attempts"
    patient_id: UUID
    by: UUID
    role: Role


class LinkView(Message):
    """The purpose of a link, and its end."""

    kind: LinkKind
    expires_at: AwareDatetime


class GetLink(Command[LinkView]):
    """Changes nothing."""

    refuses = "dead_link"
    token: LinkToken


class NewPassword(Message):
    """A password that a mailed link sets."""

    token: LinkToken = Field(description="The last part of the mailed link.")
    password: Password
    code: Code | None = Field(
        None, description="Of your authenticator app, or a recovery code: it shows that the app is yours."
    )
    device_id: UUID | None = Field(
        None,
        description="The one you sign in with next, if any: it can sign in although others fail to.",
    )


class ResetPassword(NewPassword, Command[Done]):
    """Set a password by a link, once; what somebody else may have added ends.

    That is every session, calendar feed and other link that resets or closes, and what was added since the
    address was last proved: passkeys, and the authenticator app unless `code` is of it, or one of its
    recovery codes. `device_id` is the one device that the account knows from then on: failures of others to
    sign in do not keep it out.
    """

    refuses = "dead_link unknown_account wrong_code too_many_attempts weak_password common_password"


class ChangePassword(Command[Done]):
    """Every session but the one it was changed from ends, and each mailed link that resets or closes."""

    refuses = "unknown_account wrong_password too_many_attempts weak_password common_password"
    person_id: UUID
    session_id: UUID
    current: Password
    password: Password
    origin: Origin
