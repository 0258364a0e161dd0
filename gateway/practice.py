"""Parameters of operations on a practice: which professional, and which clinic, the caller means."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from gateway.auth import Caller
from gateway.problems import refusals
from shared.contracts.requests.values import ActingRole

WhichClinic = Annotated[
    UUID | None, Query(description="For the front desk: which of its clinics. Else it is your own practice.")
]
WhichProfessional = Annotated[
    UUID | None,
    Query(description="For the front desk of a clinic: which of its professionals. Else it is you."),
]
AtClinic = Annotated[
    UUID | None,
    Query(description="At which clinic. A professional who names none means their own practice."),
]


def professional_meant(caller: Caller[ActingRole], professional_id: UUID | None) -> UUID:
    """Return the professional the caller means. Refuses `missing_field`."""
    if professional_id is None and caller.role == "clinic":
        detail = "Add professional_id to say which of your professionals."
        raise refusals.MissingField(detail, field="professional_id")
    return professional_id or caller.id
