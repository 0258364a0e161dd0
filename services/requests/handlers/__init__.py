"""What requests does with each message: one function and one transaction each."""

from services.requests.handlers import (
    asking,
    deciding,
    desks,
    endings,
    erasure,
    hours,
    looking,
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
    "hours",
    "looking",
    "places",
    "policies",
    "services",
    "slots",
]
