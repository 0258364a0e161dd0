"""Patients as a professional and the front desk of their clinic see them; each read is logged."""

from uuid import UUID

from fastapi import APIRouter

from gateway.auth import Practice
from gateway.bus import Bus
from gateway.problems.description import documented
from shared.contracts.accounts.people import GetPerson, PersonView
from shared.contracts.accounts.recovery import SendReset

router = APIRouter(prefix="/v1/patients", tags=["patients"])


@router.get("/{patient_id}", responses=documented(GetPerson))
async def get_patient(patient_id: UUID, caller: Practice, bus: Bus) -> PersonView:
    """Show a patient who has requested or had an appointment with you. They can see that you looked."""
    return await bus.call(GetPerson(person_id=patient_id, by=caller.id, role=caller.role))


@router.post(
    "/{patient_id}/password-reset",
    status_code=204,
    responses=documented(SendReset),
)
async def send_password_reset(patient_id: UUID, caller: Practice, bus: Bus) -> None:
    """Mail a patient of yours a link to set a new password. You do not see the link."""
    await bus.call(SendReset(patient_id=patient_id, by=caller.id, role=caller.role))
