"""Locations: each belongs to a practice, which is a clinic or a professional who works alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.requests.domain.versions import settled
from shared.contracts.requests import refusals
from shared.contracts.requests.places import AddLocation, ChangeLocation

MOST_LOCATIONS = 50
"""The most locations of one practice."""


@dataclass(frozen=True, kw_only=True)
class Location:
    id: UUID
    version: int
    practice_id: UUID
    name: str
    address: str
    time_zone: str
    country: str | None
    subdivision: str | None


def add(
    command: AddLocation,
    *,
    practice_id: UUID,
    time_zones: Collection[str],
    regions: Mapping[str, Collection[str]],
) -> Location:
    """Return the location of the command; `regions` maps known countries to their subdivisions.

    Refuses `unknown_time_zone` and `unknown_region`.
    """
    refuse_unknown_zone(command.time_zone, time_zones)
    _refuse_unknown(command, regions)
    return Location(
        id=command.location_id,
        version=1,
        practice_id=practice_id,
        name=command.name,
        address=command.postal_address,
        time_zone=command.time_zone,
        country=command.country,
        subdivision=command.subdivision,
    )


def refuse_too_many(known: Collection[Location]) -> None:
    """Refuse one more than `MOST_LOCATIONS`. Refuses `too_many`."""
    if len(known) >= MOST_LOCATIONS:
        detail = f"A practice can have at most {MOST_LOCATIONS} locations."
        raise refusals.TooMany(detail, what="locations", most=MOST_LOCATIONS)


def is_repeat(known: Location, added: Location) -> bool:
    """Return whether `known` was added by the same command as `added`, as far as later changes let it
    tell."""
    first = added if known.version > 1 else known
    return first == added and known.practice_id == added.practice_id


def change(
    location: Location, command: ChangeLocation, *, regions: Mapping[str, Collection[str]]
) -> Location:
    """Return the location after the command; repeating it changes nothing.

    Refuses `stale_version` and `unknown_region`.
    """
    _refuse_unknown(command, regions)
    after = replace(
        location,
        version=command.version + 1,
        name=command.name,
        address=command.postal_address,
        country=command.country,
        subdivision=command.subdivision,
    )
    return settled(location, after, seen=command.version, what="location")


def refuse_unknown_zone(time_zone: str, time_zones: Collection[str]) -> None:
    """Refuse a name that is no IANA time zone. Refuses `unknown_time_zone`."""
    if time_zone not in time_zones:
        raise refusals.UnknownTimeZone()


def _refuse_unknown(command: AddLocation | ChangeLocation, regions: Mapping[str, Collection[str]]) -> None:
    if command.country is not None and command.country not in regions:
        detail = "No holidays are known for this country. Leave country out."
        raise refusals.UnknownRegion(detail, field="country")
    if command.subdivision is not None and command.subdivision not in regions.get(command.country or "", ()):
        detail = "This country has no such subdivision. Leave it out, or write it as in ISO 3166-2."
        raise refusals.UnknownRegion(detail, field="subdivision")
