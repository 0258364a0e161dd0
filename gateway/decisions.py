"""Parts that operations on requests share: their refusals, and the fields of every decision."""

from typing import Any
from uuid import UUID

from gateway.auth import Known
from shared.contracts.requests.values import ActingRole

SEEN = ("not_signed_in", "wrong_role", "not_yours", "joined_account", "unknown_request")


def decided(request_id: UUID, by: Known[ActingRole]) -> dict[str, Any]:
    """Return the fields of every decision beside its version: the request, the caller and their role."""
    return {"request_id": request_id, "by": by.id, "role": by.role}
