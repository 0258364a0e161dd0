"""The tables of requests and their queries, one module for each area."""

from services.requests.store import (
    erasure,
    feeds,
    holds,
    hours,
    keys,
    limits,
    memberships,
    pages,
    places,
    policies,
    requests,
    services,
)
from services.requests.store.tables import metadata

__all__ = [
    "erasure",
    "feeds",
    "holds",
    "hours",
    "keys",
    "limits",
    "memberships",
    "metadata",
    "pages",
    "places",
    "policies",
    "requests",
    "services",
]
