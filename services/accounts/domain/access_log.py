"""The access log: who saw or changed something of a person. Entries hold ids and no content."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.requests.moves import RequestsRead

OPERATOR = UUID(int=0)
"""The actor if an operator acted from a shell."""


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """`actor_id` saw or changed something of `subject_id`."""

    at: datetime
    actor_id: UUID
    actor_role: str
    subject_id: UUID
    action: str
    object_id: UUID


def entries_of_read(event: RequestsRead) -> list[AccessEntry]:
    """Return an entry for each patient whose requests were read; it names the request if there was one."""
    object_id = event.request_ids[0] if len(event.request_ids) == 1 else event.read_id
    return [
        AccessEntry(
            at=event.occurred_at,
            actor_id=event.by,
            actor_role=event.role,
            subject_id=patient_id,
            action="requests_read",
            object_id=object_id,
        )
        for patient_id in event.patient_ids
    ]
