"""What accounts keeps of the visits that requests tells of."""

from services.accounts.domain import care
from services.accounts.store import clinics, people
from services.accounts.store.people import Entry
from shared.contracts.requests import RequestMoved, RequestsRead
from shared.db import Unit


def note_visit(unit: Unit, event: RequestMoved) -> None:
    with unit() as work:
        if work.first_sight(event, "note_visit"):
            clinics.put_care(work, care.of(event))


def note_read(unit: Unit, event: RequestsRead) -> None:
    """One row for each patient whose requests were seen."""
    with unit() as work:
        if work.first_sight(event, "note_read"):
            seen = [
                Entry(
                    at=event.occurred_at,
                    actor_id=event.by,
                    actor_role=event.role,
                    subject_id=patient_id,
                    action="requests_read",
                    object_id=event.read_id,
                )
                for patient_id in event.patient_ids
            ]
            people.write_down(work, *seen)
