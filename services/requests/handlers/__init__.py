"""What requests does with each message: one function and one transaction each."""

from services.requests.handlers import (
    asking,
    deciding,
    desks,
    endings,
    erasure,
    feeds,
    guests,
    hours,
    looking,
    meetings,
    places,
    policies,
    services,
    slots,
)

__all__ = [
    "asking",
    "deciding",
    "desks",
    "endings",
    "erasure",
    "feeds",
    "guests",
    "hours",
    "looking",
    "meetings",
    "places",
    "policies",
    "services",
    "slots",
]
