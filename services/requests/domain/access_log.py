"""Entries of the access log: somebody other than the patient has read requests."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.requests.domain.request import Request
from shared.contracts.base import Event
from shared.contracts.requests.moves import RequestsRead
from shared.contracts.requests.values import ActingRole


def entries(
    shown: Sequence[Request], *, by: UUID, role: ActingRole, access_id: UUID, now: datetime
) -> list[Event]:
    """Return one entry for the requests of others among `shown`, and none if there are no such requests.

    The caller `by` may see all of `shown` in their `role`, so a patient is shown only their own.
    """
    of_others = [each for each in shown if each.patient_id != by]
    if not of_others:
        return []
    entry = RequestsRead(
        occurred_at=now,
        version=1,
        read_id=access_id,
        by=by,
        role="front_desk" if role == "clinic" else "professional",
        request_ids=[each.id for each in of_others],
        patient_ids=sorted({each.patient_id for each in of_others}),
    )
    return [entry]
