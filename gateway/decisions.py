"""The fields that every decision on a request has, from the app or from the page of a visit."""

from typing import Any
from uuid import UUID

from gateway.auth import Known
from shared.contracts.requests.values import ActingRole


def decided(request_id: UUID, by: Known[ActingRole]) -> dict[str, Any]:
    """Return the fields of every decision beside its version: the request, the caller and their role."""
    return {"request_id": request_id, "by": by.id, "role": by.role}
