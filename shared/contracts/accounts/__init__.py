"""What the accounts service accepts, answers and announces, one module for each of its areas."""

from shared.contracts.accounts import (
    addresses,
    clinics,
    deletion,
    directory,
    factors,
    guests,
    people,
    recovery,
    removals,
    sessions,
    tickets,
)

__all__ = [
    "addresses",
    "clinics",
    "deletion",
    "directory",
    "factors",
    "guests",
    "people",
    "recovery",
    "removals",
    "sessions",
    "tickets",
]
