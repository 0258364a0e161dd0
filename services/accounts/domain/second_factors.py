"""Factors beside the password: which of them a reset by a mailed link ends."""

from datetime import datetime

from services.accounts.domain.person import Person


def is_doubtful(owner: Person, added_at: datetime | None) -> bool:
    """Return whether somebody other than the owner of the address may have added the factor.

    By proving an address, its owner vouches for every factor added before. Nobody vouches for a factor added
    later, at an unknown time, or to an account whose address was never proved.
    """
    return owner.proved_at is None or added_at is None or added_at >= owner.proved_at
