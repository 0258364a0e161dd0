"""Who is whose patient: what requests tell of each visit, and what follows from it for a person's data."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.requests.moves import (
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
    RequestMoved,
    RequestSubmitted,
)

OWN_PATIENT = ("pending", "confirmed", "completed")
"""A visit in one of these makes its patient one whose name and numbers the professional may see."""
KNOWN_PATIENT = ("confirmed", "completed")
"""A visit in one of these lets the professional have a reset link mailed to her patient as well."""

STATUS = {
    RequestSubmitted: "pending",
    RequestConfirmed: "confirmed",
    RequestDeclined: "declined",
    RequestCancelled: "cancelled",
    RequestCompleted: "completed",
    RequestExpired: "expired",
}


@dataclass(frozen=True, kw_only=True)
class Care:
    """A visit, as far as accounts needs to know of it."""

    request_id: UUID
    version: int
    patient_id: UUID
    professional_id: UUID
    status: str


def of(event: RequestMoved) -> Care:
    return Care(
        request_id=event.request_id,
        version=event.version,
        patient_id=event.patient_id,
        professional_id=event.professional_id,
        status=STATUS[type(event)],
    )
