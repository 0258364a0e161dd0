"""Free times."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Command, Limit, Message
from shared.contracts.requests.refusals import OF_PROFESSIONAL
from shared.contracts.requests.values import ActingRole, AppointmentMode, ServiceKind, Slot


class SlotsView(Message):
    professional_id: UUID
    service_id: UUID
    slots: list[Slot]


class OfPractice(Message):
    """A caller who acts for the professional, in the role they are signed in with."""

    by: UUID
    role: ActingRole


class SomeDays(Message):
    """The local dates and the location of the slots that are asked for."""

    from_date: date = Field(description="The first local date.")
    days: Annotated[int, Field(ge=1, le=35)] = 7
    location_id: UUID | None = None


class SlotFilter(SomeDays):
    service_id: UUID


class FindSlots(SlotFilter, Command[SlotsView]):
    """Free slots that start on one of `days` local dates, beginning with `from_date`.

    Those that patients can ask for; or, `asked_by` somebody of the practice, those that it can itself.
    """

    refuses = f"{OF_PROFESSIONAL} unknown_service unknown_location booking_off too_far_ahead"
    professional_id: UUID
    asked_by: OfPractice | None = None


class OfferedSlot(Slot):
    """A free slot, and who sees people then, and for what."""

    professional_id: UUID
    service_id: UUID


class ClinicSlotsView(Message):
    slots: list[OfferedSlot]


class ClinicSlotFilter(SomeDays):
    kind: ServiceKind | None = None
    mode: AppointmentMode | None = None
    limit: Limit = 20


class FindClinicSlots(ClinicSlotFilter, Command[ClinicSlotsView]):
    """The first free slots at a clinic's locations, of all of its professionals together.

    Of services of this kind and mode, if given.
    """

    clinic_id: UUID


class NextFreeView(Message):
    """The next free slot of each professional who has one in the next 35 days."""

    times: list[OfferedSlot]


class FindNextFree(Command[NextFreeView]):
    """Find the next free slot of each professional, for services of this kind and mode if given."""

    professional_ids: Annotated[list[UUID], Field(max_length=100)]
    kind: ServiceKind | None = None
    mode: AppointmentMode | None = None
