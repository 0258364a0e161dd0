"""What accounts keeps of the visits that requests tells of."""

from services.accounts.domain import care
from services.accounts.store import clinics, people
from services.accounts.store.people import Entry
from shared.contracts.requests.moves import RequestMoved, RequestsRead
from shared.db import Unit


def note_visit(unit: Unit, event: RequestMoved) -> None:
    """Of people who are there: what is told after an account was erased stays untold."""
    with unit() as work:
        both = (event.patient_id, event.professional_id)
        if work.first_sight(event, "note_visit") and people.are_there(work, *both):
            clinics.put_care(work, care.of(event))


def note_read(unit: Unit, event: RequestsRead) -> None:
    """One row for each patient whose requests were seen; it names the request where it was one."""
    with unit() as work:
        if work.first_sight(event, "note_read"):
            seen = [
                Entry(
                    at=event.occurred_at,
                    actor_id=event.by,
                    actor_role=event.role,
                    subject_id=patient_id,
                    action="requests_read",
                    object_id=event.request_ids[0] if len(event.request_ids) == 1 else event.read_id,
                )
                for patient_id in event.patient_ids
            ]
            people.write_down(work, *seen)
