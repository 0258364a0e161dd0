"""The commands, answers and events of accounts, one module for each area."""

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
