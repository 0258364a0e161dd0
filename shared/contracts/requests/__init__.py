"""The commands, views and events of requests, one module for each area.

Instants are aware datetimes. On the bus they are UTC; in views they carry the offset of `time_zone`, the IANA
time zone of the location.
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
