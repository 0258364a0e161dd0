"""The directory: the page of a professional, and the distance to them."""

import math
from dataclasses import dataclass, replace
from uuid import UUID

from services.accounts.domain.person import Person, settle
from shared.contracts.accounts.directory import PublishDirectoryEntry
from shared.contracts.accounts.values import ContactCard, Place, Point

EARTH_RADIUS_KM = 6371.0088
"""IUGG mean radius."""
NO_CONTACT = ContactCard()
SIMILAR_ENOUGH = 0.4
"""The share of a name's letter triples that a word with one wrong letter still has."""


@dataclass(frozen=True, kw_only=True)
class DirectoryEntry:
    """`name`, `photo_url` and `languages` are the profile's; `services` and `modes` what requests offers."""

    professional_id: UUID
    version: int
    name: str
    photo_url: str | None
    languages: tuple[str, ...]
    listed: bool = True
    specialties: tuple[str, ...] = ()
    accepting_new_patients: bool = True
    contact: ContactCard = NO_CONTACT
    place: Place | None = None
    services: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()


def initial(person: Person) -> DirectoryEntry:
    """Return the page of a person who has just become a professional."""
    return DirectoryEntry(
        professional_id=person.id,
        version=1,
        name=person.name,
        photo_url=person.photo_url,
        languages=person.languages,
    )


def publish(listing: DirectoryEntry, command: PublishDirectoryEntry) -> DirectoryEntry:
    """Refuses as `settle` does."""
    after = replace(
        listing,
        version=command.version + 1,
        listed=command.listed,
        specialties=tuple(command.specialties),
        accepting_new_patients=command.accepting_new_patients,
        contact=command.contact,
        place=command.place,
    )
    return settle(listing, after, seen=command.version)


def with_profile(listing: DirectoryEntry, person: Person) -> DirectoryEntry:
    """Return the page after its owner's profile has changed."""
    return replace(listing, name=person.name, photo_url=person.photo_url, languages=person.languages)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box in degrees holds everything within a distance of a point, and some that lies farther."""

    south: float
    north: float
    west: float
    east: float


def box(point: Point, within_km: float) -> Box:
    """Return a box around a point; near a pole or the date line it goes all the way round."""
    high = math.degrees(within_km / EARTH_RADIUS_KM)
    south, north = point.latitude - high, point.latitude + high
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    wide = high / narrowest if narrowest > 0.01 else 360.0
    west, east = point.longitude - wide, point.longitude + wide
    if west < -180 or east > 180 or max(abs(south), abs(north)) >= 90:
        west, east = -180.0, 180.0
    return Box(south=south, north=north, west=west, east=east)
