"""The tables of requests and their queries, one module for each area."""

from services.requests.store import (
    erasure,
    feeds,
    holds,
    hours,
    keys,
    limits,
    locations,
    memberships,
    pages,
    policies,
    requests,
    services,
)
from services.requests.store.tables import metadata as metadata
