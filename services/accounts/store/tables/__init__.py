"""The tables of accounts."""

from services.accounts.store.tables.base import metadata
from services.accounts.store.tables.clinics import care, clinics, listings, memberships, offered, points
from services.accounts.store.tables.guests import erased_guests, guests
from services.accounts.store.tables.people import (
    access_log,
    address_changes,
    addresses,
    dependents,
    people,
    registrations,
)
from services.accounts.store.tables.sessions import challenges, devices, passkeys, sessions, throttle, totps
from services.accounts.store.tables.support import (
    deletions,
    factor_removals,
    links,
    mail_requests,
    mails,
    tickets,
)

__all__ = [
    "access_log",
    "address_changes",
    "addresses",
    "care",
    "challenges",
    "clinics",
    "deletions",
    "dependents",
    "devices",
    "erased_guests",
    "factor_removals",
    "guests",
    "links",
    "listings",
    "mail_requests",
    "mails",
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
