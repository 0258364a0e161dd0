"""Factors beside the password: which of them a reset by a mailed link ends."""

from datetime import datetime

from services.accounts.domain.person import Person


def is_doubtful(owner: Person, added_at: datetime | None) -> bool:
    """Return whether somebody else than the owner of the address may have added it.

    Whoever proves an address stands for all that was added before. For what nobody proved, or for an unknown
    time, nobody stands.
    """
    return owner.proved_at is None or added_at is None or added_at >= owner.proved_at
