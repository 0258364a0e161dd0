"""The directory: whom patients can find, and how to reach them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PositiveInt, StrictBool

from shared.contracts.accounts import values
from shared.contracts.base import Command, Line, Message, Page
from shared.contracts.requests.values import AppointmentMode, ServiceKind

Specialty = Literal[
    "general_practice",
    "allergology",
    "cardiology",
    "dentistry",
    "dermatology",
    "endocrinology",
    "gastroenterology",
    "gynaecology",
    "midwifery",
    "neurology",
    "nursing",
    "nutrition",
    "occupational_therapy",
    "oncology",
    "ophthalmology",
    "orthopaedics",
    "otorhinolaryngology",
    "paediatrics",
    "physiotherapy",
    "psychiatry",
    "psychology",
    "pulmonology",
    "radiology",
    "rheumatology",
    "speech_therapy",
    "surgery",
    "urology",
    "other",
]
Specialties = Annotated[list[Specialty], Field(max_length=10)]


class ClinicCard(Message):
    clinic_id: UUID
    name: values.StoredName
    contact: values.ContactCard
    place: values.Place | None


class DirectoryEntryView(Message):
    """The page of a professional in the directory. Name, languages and photo come from their profile."""

    professional_id: UUID
    version: PositiveInt
    name: values.StoredName
    photo_url: values.PhotoUrl | None
    languages: values.Languages
    listed: bool
    specialties: Specialties
    accepting_new_patients: bool
    contact: values.ContactCard
    place: values.Place | None
    services: list[ServiceKind]
    modes: list[AppointmentMode]
    clinics: list[ClinicCard]


class DirectoryEntrySettings(Message):
    listed: StrictBool = Field(True, description="Whether searches find you.")
    specialties: Specialties = Field([], examples=[["cardiology"]])
    accepting_new_patients: StrictBool = True
    contact: values.ContactCard = values.ContactCard()
    place: values.Place | None = None


class PublishDirectoryEntry(DirectoryEntrySettings, Command[DirectoryEntryView]):
    """Replace the page; `listed` false takes it out of searches."""

    refuses = "unknown_professional stale_version"
    professional_id: UUID
    version: PositiveInt


class GetDirectoryEntry(Command[DirectoryEntryView]):
    refuses = "unknown_professional"
    professional_id: UUID


class ProfessionalView(Message):
    """A professional as searches find them; `distance_km` is to their nearest location."""

    professional_id: UUID
    name: values.StoredName
    photo_url: values.PhotoUrl | None
    languages: values.Languages
    specialties: Specialties
    accepting_new_patients: bool
    services: list[ServiceKind]
    modes: list[AppointmentMode]
    distance_km: float | None


class ProfessionalsPage(Message):
    professionals: list[ProfessionalView]
    next_cursor: str | None


class Search(Page):
    """The filters of a search for professionals."""

    name: Line | None = Field(
        None, min_length=1, max_length=100, description="With or without accents, and almost right."
    )
    specialty: Specialty | None = None
    service: ServiceKind | None = None
    mode: AppointmentMode | None = None
    language: values.Language | None = None
    accepting_new_patients: bool | None = None
    within_km: Annotated[float, Field(gt=0, le=500, allow_inf_nan=False)] = 25


class FindProfessionals(Search, Command[ProfessionalsPage]):
    """Nearest first where a point is given, else the best match of the name, else by name."""

    refuses = "bad_cursor"
    near: values.Point | None = None
