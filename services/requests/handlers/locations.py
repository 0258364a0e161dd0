"""Locations of practices: added, changed and listed."""

from services.requests import store
from services.requests.domain import interval, location
from services.requests.operations import access, lookups, views
from services.requests.public_holidays import regions
from shared.bus import handles
from shared.contracts.requests import places, refusals
from shared.db import Unit


@handles(places.AddLocation)
def add(unit: Unit, command: places.AddLocation) -> places.LocationView:
    with unit() as work:
        access.refuse_erased(work, person_id=command.by)
        practice_id = access.practice(work, command.clinic_id, by=command.by, role=command.role)
        new = location.add(
            command, practice_id=practice_id, time_zones=interval.time_zones(), regions=regions()
        )
        work.in_turn(practice_id, "locations")
        known = store.locations.find(work, new.id)
        if known is None:
            location.refuse_too_many(store.locations.of_practice(work, practice_id))
            if store.locations.add(work, new):
                return views.location_view(new)
            known = store.locations.find(work, new.id)
        if known is None or not location.is_repeat(known, new):
            raise refusals.IdempotencyKeyReused()
    return views.location_view(known)


@handles(places.ChangeLocation)
def change(unit: Unit, command: places.ChangeLocation) -> places.LocationView:
    with unit() as work:
        access.refuse_erased(work, person_id=command.by)
        before = lookups.known_location(work, command.location_id, to_change=True)
        is_own = before.practice_id == command.by and command.role == "professional"
        if not is_own:
            access.practice(work, before.practice_id, by=command.by, role=command.role)
        after = location.change(before, command, regions=regions())
        if after != before:
            store.locations.save(work, after)
    return views.location_view(after)


@handles(places.ListLocations)
def list_locations(unit: Unit, command: places.ListLocations) -> places.LocationsView:
    with unit() as work:
        if command.clinic_id is not None:
            found = store.locations.of_practice(work, command.clinic_id)
        elif command.professional_id is not None:
            found = store.locations.of_professional(work, command.professional_id)
        else:
            found = []
    return places.LocationsView(locations=[views.location_view(each) for each in found])
