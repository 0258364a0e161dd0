"""What requests keeps, one module for each of its areas."""

from services.requests.store import (
    desks,
    erasure,
    feeds,
    holds,
    hours,
    keys,
    limits,
    pages,
    places,
    policies,
    services,
    visits,
)
from services.requests.store.tables import metadata

__all__ = [
    "desks",
    "erasure",
    "feeds",
    "holds",
    "hours",
    "keys",
    "limits",
    "metadata",
    "pages",
    "places",
    "policies",
    "services",
    "visits",
]
