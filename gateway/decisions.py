"""Parts that operations on requests share: their refusals, and the fields of every decision."""

from typing import Any
from uuid import UUID

from gateway.auth import Known
from shared.contracts.requests.values import ActingRole

SEEN = ("not_signed_in", "wrong_role", "not_yours", "joined_account", "unknown_request")


def decided(request_id: UUID, by: Known[ActingRole], version: int) -> dict[str, Any]:
    """Return the fields that every decision has: the request, the caller, their role and the version."""
    return {"request_id": request_id, "by": by.id, "role": by.role, "version": version}
