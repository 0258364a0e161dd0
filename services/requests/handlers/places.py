"""Locations of practices."""

from uuid import UUID

from services.requests import store
from services.requests.domain import desk, place
from services.requests.domain.interval import time_zones
from services.requests.domain.place import Location
from services.requests.handlers.desks import may_act_at, practice
from services.requests.handlers.erasure import refuse_erased
from services.requests.regions import regions
from shared.bus import handles
from shared.contracts.requests.hours import AddException, PublishHours
from shared.contracts.requests.places import (
    AddLocation,
    ChangeLocation,
    ListLocations,
    LocationsView,
    LocationView,
)
from shared.db import Unit, Work
from shared.errors import Refused, key_reused, too_many

MOST_LOCATIONS = 50
"""Of one practice."""


@handles(AddLocation)
def add(unit: Unit, command: AddLocation) -> LocationView:
    with unit() as work:
        refuse_erased(work, person_id=command.by)
        practice_id = practice(work, command.clinic_id, by=command.by, role=command.role)
        new = place.add(command, practice_id=practice_id, time_zones=time_zones(), regions=regions())
        work.in_turn(practice_id, "locations")
        known = store.places.find(work, new.id)
        if known is None and len(store.places.of_practice(work, practice_id)) >= MOST_LOCATIONS:
            detail = f"A practice has at most {MOST_LOCATIONS} locations."
            raise too_many("locations", MOST_LOCATIONS, detail)
        if store.places.add(work, new):
            return view(new)
        known = store.places.find(work, new.id)
        if known is None or not place.is_repeat(known, new):
            raise key_reused()
    return view(known)


@handles(ChangeLocation)
def change(unit: Unit, command: ChangeLocation) -> LocationView:
    with unit() as work:
        refuse_erased(work, person_id=command.by)
        before = _known(store.places.find_to_change(work, command.location_id))
        hers = before.practice_id == command.by and command.role == "professional"
        if not hers:
            practice(work, before.practice_id, by=command.by, role=command.role)
        after = place.change(before, command, regions=regions())
        if after != before:
            store.places.save(work, after)
    return view(after)


@handles(ListLocations)
def listed(unit: Unit, command: ListLocations) -> LocationsView:
    with unit() as work:
        if command.clinic_id is not None:
            found = store.places.of_practice(work, command.clinic_id)
        elif command.professional_id is not None:
            found = store.places.of_professional(work, command.professional_id)
        else:
            found = []
    return LocationsView(locations=[view(each) for each in found])


def known_place(work: Work, location_id: UUID, *, professional_id: UUID) -> Location:
    """A location where this professional works. Refuses `unknown_location`."""
    found = _known(store.places.find(work, location_id))
    if not store.desks.works_at(work, professional_id, found.practice_id):
        raise unknown_location()
    return found


def place_to_set(work: Work, location_id: UUID, command: PublishHours | AddException) -> Location:
    """Return a location at which the caller acts for this professional.

    Refuses `not_yours`, and `unknown_location` where the professional does not work.
    """
    if command.role != "clinic" and not (
        command.role == "professional" and command.by == command.professional_id
    ):
        raise desk.not_acting()
    found = _known(store.places.find(work, location_id))
    if command.role == "clinic":
        may_act_at(
            work,
            found.practice_id,
            professional_id=command.professional_id,
            by=command.by,
            role=command.role,
        )
    if not store.desks.works_at(work, command.professional_id, found.practice_id):
        raise unknown_location()
    return found


def view(location: Location) -> LocationView:
    return LocationView(
        location_id=location.id,
        version=location.version,
        practice_id=location.practice_id,
        name=location.name,
        address=location.address,
        time_zone=location.time_zone,
        country=location.country,
        subdivision=location.subdivision,
    )


def _known(found: Location | None) -> Location:
    if found is None:
        raise unknown_location()
    return found


def unknown_location() -> Refused:
    detail = "There is no such location here: use one of those that are listed."
    return Refused("unknown_location", detail, field="location_id")
