"""What is written down when somebody other than the patient looks at visits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.requests.domain.request import Request
from shared.contracts.base import Event
from shared.contracts.requests.moves import RequestsRead
from shared.contracts.requests.values import VisitRole


def read(shown: Sequence[Request], *, by: UUID, role: VisitRole, read_id: UUID, now: datetime) -> list[Event]:
    """One event for one look at visits of others, none where there are only her own or nothing at all.

    `by` may see all of `shown` in her `role`, so a patient is shown no visit but her own.
    """
    of_others = [each for each in shown if each.patient_id != by]
    if not of_others:
        return []
    look = RequestsRead(
        occurred_at=now,
        version=1,
        read_id=read_id,
        by=by,
        role="front_desk" if role == "clinic" else "professional",
        request_ids=[each.id for each in of_others],
        patient_ids=sorted({each.patient_id for each in of_others}),
    )
    return [look]
