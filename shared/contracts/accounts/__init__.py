"""What the accounts service accepts, answers and announces, one module for each of its areas."""

from shared.contracts.accounts import (
    clinics,
    deletion,
    directory,
    factors,
    guests,
    people,
    recovery,
    sessions,
    tickets,
)

__all__ = [
    "clinics",
    "deletion",
    "directory",
    "factors",
    "guests",
    "people",
    "recovery",
    "sessions",
    "tickets",
]
