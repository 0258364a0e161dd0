"""Second factors: authenticator apps and passkeys, how a code is used up, and which of them a reset ends.

Values and rules only: secrets are unsealed and signatures verified outside. No code is good twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain.person import Person
from shared.contracts.accounts import refusals

CHALLENGE_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Totp:
    """The authenticator app of a person; asked for once it is `confirmed`.

    `last_step` is the time step of the newest code used: none is good twice (RFC 6238, 5.2).
    """

    person_id: UUID
    sealed_secret: bytes
    confirmed: bool = False
    last_step: int = 0
    recovery_hashes: tuple[bytes, ...] = ()
    added_at: datetime | None = None
    """The time at which it was confirmed; None for those from before this was noted."""


@dataclass(frozen=True, kw_only=True)
class Passkey:
    id: UUID
    person_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    added_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """Bytes that an authenticator signs; `person_id` is None if it tells who signs in."""

    id: UUID
    person_id: UUID | None
    challenge: bytes
    expires_at: datetime


def check_no_app(second_factor: bool) -> None:
    """Refuses `already_on`."""
    if second_factor:
        raise refusals.AlreadyOn("You already have an authenticator app. Remove it first.")


def check_offered(totp: Totp | None) -> Totp:
    """Return the app that waits for its first code. Refuses `wrong_code`."""
    if totp is None or totp.confirmed:
        raise refusals.WrongCode()
    return totp


def confirm(totp: Totp, *, step: int | None, recovery_hashes: tuple[bytes, ...], now: datetime) -> Totp:
    """Confirm the app by its first code, which is of the time step `step`, if any. Refuses `wrong_code`."""
    if step is None:
        raise refusals.WrongCode()
    return replace(totp, confirmed=True, last_step=step, recovery_hashes=recovery_hashes, added_at=now)


def check_given(code: str | None) -> str:
    """Refuses `code_needed`."""
    if code is None:
        raise refusals.CodeNeeded()
    return code


def use_code(totp: Totp, code_hash: bytes, *, step: int | None) -> Totp:
    """Use up a recovery code, or a code of the app; `step` is the time step of the latter.

    Refuses `wrong_code`, also for a code as old as the last one that was used.
    """
    if code_hash in totp.recovery_hashes:
        return replace(totp, recovery_hashes=tuple(x for x in totp.recovery_hashes if x != code_hash))
    if step is None or step <= totp.last_step:
        raise refusals.WrongCode()
    return replace(totp, last_step=step)


def check_challenge(taken: Challenge | None, person_id: UUID | None, *, now: datetime) -> bytes:
    """Return the bytes to sign. Refuses `bad_passkey` where they are of somebody else, or too old."""
    if taken is None or taken.person_id != person_id or taken.expires_at <= now:
        raise refusals.BadPasskey()
    return taken.challenge


def check_passkey_of(known: Passkey | None, person_id: UUID | None) -> Passkey:
    """Refuses `bad_passkey`."""
    if known is None or known.person_id != person_id:
        raise refusals.BadPasskey()
    return known


def is_doubtful(owner: Person, added_at: datetime | None) -> bool:
    """Return whether somebody other than the owner of the address may have added the factor.

    By proving an address, its owner vouches for every factor added before. Nobody vouches for a factor added
    later, at an unknown time, or to an account whose address was never proved.
    """
    return owner.proved_at is None or added_at is None or added_at >= owner.proved_at


def outlasts_reset(owner: Person, totp: Totp | None, *, code_shown: bool = False) -> bool:
    """Return whether an app stays through a reset: it is beyond doubt, or a code of it was shown."""
    return totp is not None and totp.confirmed and (code_shown or not is_doubtful(owner, totp.added_at))
