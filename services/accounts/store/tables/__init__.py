"""The tables of accounts."""

from services.accounts.store.tables.base import metadata
from services.accounts.store.tables.clinics import care, clinics, listings, memberships, offered, points
from services.accounts.store.tables.guests import erased_guests, guests
from services.accounts.store.tables.people import (
    address_changes,
    addresses,
    audit,
    dependents,
    people,
    registrations,
)
from services.accounts.store.tables.sessions import challenges, devices, passkeys, sessions, throttle, totps
from services.accounts.store.tables.support import asks, deletions, factor_removals, letters, links, tickets

__all__ = [
    "address_changes",
    "addresses",
    "asks",
    "audit",
    "care",
    "challenges",
    "clinics",
    "deletions",
    "dependents",
    "devices",
    "erased_guests",
    "factor_removals",
    "guests",
    "letters",
    "links",
    "listings",
    "memberships",
    "metadata",
    "offered",
    "passkeys",
    "people",
    "points",
    "registrations",
    "sessions",
    "throttle",
    "tickets",
    "totps",
]
