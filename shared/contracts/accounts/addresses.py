"""A change of the address that an account is signed in with."""

from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.refusals import PROVEN
from shared.contracts.accounts.sessions import WithFreshProof
from shared.contracts.accounts.values import Email, LinkToken, MailedCode
from shared.contracts.base import Command, Done, Message


class AddressChangeView(Message):
    """A change of address; it happens when the new address is proved before `expires_at`."""

    change_id: UUID
    expires_at: AwareDatetime


class ChangeAddress(WithFreshProof, Command[AddressChangeView]):
    """Mail a code to the new address. The answer is the same if that has an account.

    Repeating it with the same id and address answers the same, and mails nothing.
    """

    refuses = f"{PROVEN} same_address idempotency_key_reused too_many_attempts"
    change_id: UUID
    email: Email


class ConfirmAddress(Command[AccountView]):
    """Prove the new address with the mailed code; repeating it answers with the account as it is."""

    refuses = "unknown_account wrong_code change_over email_taken"
    person_id: UUID
    change_id: UUID
    code: MailedCode


class UndoAddress(Command[Done]):
    """Set the old address back, by the link that was mailed to it; every session ends."""

    refuses = "dead_link"
    token: LinkToken
