"""Parts that operations on requests share: their refusals, and the fields of every decision."""

from typing import Any
from uuid import UUID

from gateway.auth import Known
from shared.contracts.requests.values import ActingRole

ASKED = (
    "unknown_account",
    "unknown_professional",
    "unknown_service",
    "unknown_location",
    "booking_off",
    "existing_patients_only",
    "too_many_joiners",
    "slot_taken",
    "day_full",
    "too_many_open",
    "too_many_today",
    "given_up_just_now",
    "idempotency_key_reused",
    "in_the_past",
    "too_soon",
    "too_far_ahead",
    "outside_hours",
    "not_a_slot",
)
"""The refusals of a request, for every caller."""
SEEN = ("not_signed_in", "wrong_role", "not_yours", "joined_account", "unknown_request")


def decided(request_id: UUID, by: Known[ActingRole], version: int) -> dict[str, Any]:
    """Return the fields that every decision has: the request, the caller, their role and the version."""
    return {"request_id": request_id, "by": by.id, "role": by.role, "version": version}
