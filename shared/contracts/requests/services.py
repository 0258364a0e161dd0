"""Services: the appointment types that a professional offers."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, PositiveInt, StrictBool

from shared.contracts.base import Command, Event, Message, Money
from shared.contracts.requests import values
from shared.contracts.requests.refusals import OF_PROFESSIONAL


class NewServiceSettings(Message):
    """The settings of a service; a confirmed request keeps what was promised.

    The name is not checked here, as old names are kept: the gateway checks new ones.
    """

    name: values.StoredServiceName
    minutes: values.Minutes
    price: Money | None = None
    booking: values.BookingMode | None = Field(None, description="In place of the professional's own.")
    """`off` in the settings of the professional closes all services."""
    new_patients: StrictBool = Field(True, description="Whether people may ask who were not seen before.")
    buffer_before: values.Buffer = 0
    buffer_after: values.Buffer = 0
    location_id: UUID | None = Field(None, description="The only location where it is offered.")


class ServiceSettings(NewServiceSettings):
    offered: StrictBool = Field(True, description="False: it can no longer be asked for.")


class ServiceView(ServiceSettings):
    service_id: UUID
    version: PositiveInt
    professional_id: UUID
    practice_id: UUID | None = None
    """The only practice where it is offered; None: wherever the professional works."""
    kind: values.ServiceKind
    mode: values.AppointmentMode


class AddService(Command[ServiceView]):
    """Offer a service; repeating it with the same id and content changes nothing.

    One of a clinic is offered there alone, and its front desk may change it.
    """

    refuses = f"{OF_PROFESSIONAL} unknown_location too_many idempotency_key_reused"
    service_id: UUID
    professional_id: UUID
    clinic_id: UUID | None = None
    by: UUID
    role: values.ActingRole
    kind: values.ServiceKind = "consultation"
    mode: values.AppointmentMode = "in_person"
    settings: ServiceSettings


class ChangeService(Command[ServiceView]):
    """Its kind and its mode stay; with `offered` false it can no longer be asked for."""

    refuses = f"{OF_PROFESSIONAL} unknown_service unknown_location stale_version"
    service_id: UUID
    professional_id: UUID
    by: UUID
    role: values.ActingRole
    version: PositiveInt
    settings: ServiceSettings


class ServicesView(Message):
    services: list[ServiceView]


class ListServices(Command[ServicesView]):
    """Those that are offered, by name."""

    refuses = "unknown_professional"
    professional_id: UUID


class ServiceOffered(Event):
    """A professional offers a service, or no longer."""

    subject: ClassVar[str] = "service_id"

    service_id: UUID
    professional_id: UUID
    kind: values.ServiceKind
    mode: values.AppointmentMode
    offered: bool = True
    """False: no longer."""
