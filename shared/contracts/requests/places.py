"""Locations of practices."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, PositiveInt

from shared.contracts.base import Command, Line, Message, StoredLine, TimeZone
from shared.contracts.requests.values import ActingRole

LocationName = Annotated[Line, Field(min_length=1, max_length=120)]
StoredLocationName = Annotated[StoredLine, Field(min_length=1, max_length=120)]
Address = Annotated[Line, Field(max_length=300)]
StoredAddress = Annotated[StoredLine, Field(max_length=300)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""ISO 3166-1, such as `IT`."""
Subdivision = Annotated[str, Field(pattern="^[A-Z0-9]{1,3}$")]
"""ISO 3166-2 without the country, such as `BZ`."""


class LocationView(Message):
    """A place of a practice: of a clinic, or of a professional who works alone.

    `country` and `subdivision` say whose public holidays are kept there, by those who keep them.
    """

    location_id: UUID
    version: PositiveInt
    practice_id: UUID
    name: StoredLocationName
    address: StoredAddress
    time_zone: TimeZone
    country: Country | None
    subdivision: Subdivision | None


class LocationSettings(Message):
    name: LocationName = Field(examples=["Studio Trastevere"])
    country: Country | None = Field(None, examples=["IT"], description="Whose public holidays may be kept.")
    subdivision: Subdivision | None = Field(None, examples=["BZ"])


class _Place(LocationSettings, Command[LocationView]):
    location_id: UUID
    by: UUID
    role: ActingRole
    postal_address: Address = ""


class AddLocation(_Place):
    """A place of the clinic, or of the professional who adds it where no clinic is named."""

    refuses = "not_yours unknown_account unknown_time_zone unknown_region too_many idempotency_key_reused"
    clinic_id: UUID | None = None
    time_zone: TimeZone


class ChangeLocation(_Place):
    """Its time zone stays for good: visits stand in it."""

    refuses = "not_yours unknown_location stale_version unknown_region"
    version: PositiveInt


class LocationsView(Message):
    locations: list[LocationView]


class ListLocations(Command[LocationsView]):
    """The places of a practice, and all where this professional has hours."""

    professional_id: UUID | None = None
    clinic_id: UUID | None = None
