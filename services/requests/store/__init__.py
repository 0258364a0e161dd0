"""The database of requests: its tables, and for each concept how values go in and come out."""

from services.requests.store import desks, erasure, hours, visits
from services.requests.store.tables import metadata

__all__ = ["desks", "erasure", "hours", "metadata", "visits"]
