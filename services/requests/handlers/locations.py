"""Locations of practices."""

from services.requests import store
from services.requests.domain import location
from services.requests.domain.interval import time_zones
from services.requests.operations.access import practice, refuse_erased
from services.requests.operations.lookups import known_location
from services.requests.operations.views import location_view
from services.requests.public_holidays import regions
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests.places import (
    AddLocation,
    ChangeLocation,
    ListLocations,
    LocationsView,
    LocationView,
)
from shared.db import Unit


@handles(AddLocation)
def add(unit: Unit, command: AddLocation) -> LocationView:
    with unit() as work:
        refuse_erased(work, person_id=command.by)
        practice_id = practice(work, command.clinic_id, by=command.by, role=command.role)
        new = location.add(command, practice_id=practice_id, time_zones=time_zones(), regions=regions())
        work.in_turn(practice_id, "locations")
        known = store.locations.find(work, new.id)
        if known is None:
            location.refuse_too_many(store.locations.of_practice(work, practice_id))
            if store.locations.add(work, new):
                return location_view(new)
            known = store.locations.find(work, new.id)
        if known is None or not location.is_repeat(known, new):
            raise refusals.IdempotencyKeyReused()
    return location_view(known)


@handles(ChangeLocation)
def change(unit: Unit, command: ChangeLocation) -> LocationView:
    with unit() as work:
        refuse_erased(work, person_id=command.by)
        before = known_location(work, command.location_id, to_change=True)
        is_own = before.practice_id == command.by and command.role == "professional"
        if not is_own:
            practice(work, before.practice_id, by=command.by, role=command.role)
        after = location.change(before, command, regions=regions())
        if after != before:
            store.locations.save(work, after)
    return location_view(after)


@handles(ListLocations)
def list_locations(unit: Unit, command: ListLocations) -> LocationsView:
    with unit() as work:
        if command.clinic_id is not None:
            found = store.locations.of_practice(work, command.clinic_id)
        elif command.professional_id is not None:
            found = store.locations.of_professional(work, command.professional_id)
        else:
            found = []
    return LocationsView(locations=[location_view(each) for each in found])
