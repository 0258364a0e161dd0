"""What the requests service accepts, answers and announces, one module for each of its areas.

Instants are aware datetimes. On the bus they are UTC; in views they carry the offset of `time_zone`, the
IANA zone of the place where the visit happens.
"""

from shared.contracts.requests import (
    feeds,
    hours,
    moves,
    places,
    policies,
    proposals,
    requests,
    services,
    slots,
    video_calls,
)

__all__ = [
    "feeds",
    "hours",
    "moves",
    "places",
    "policies",
    "proposals",
    "requests",
    "services",
    "slots",
    "video_calls",
]
